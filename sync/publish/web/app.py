"""The web server's application: pages over shelf and ledger, sign-in before them, the HTTP API beside them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kpi.text import Text
from sync.house import House
from sync.publish import shelf
from sync.publish.i18n import Language
from sync.publish.shelf import Shelf
from sync.publish.web.api.app import PATH as API_PATH
from sync.publish.web.api.app import api
from sync.publish.web.asking import Ask, NoAnswer
from sync.publish.web.filters import BadFilter, Filters, parse
from sync.publish.web.menu import menu
from sync.publish.web.page import STATIC, Look, Page, Show
from sync.publish.web.pages import pages
from sync.publish.web.rendering import language, rendered
from sync.publish.web.signin.middleware import SignInMiddleware
from sync.publish.web.signin.pages import routes as sign_in_routes
from sync.publish.web.signin.readers import Action, may
from sync.publish.web.signin.security import Security

log = logging.getLogger("cadran.web")

NOT_ALLOWED = Text("Your role does not open this.", "Votre rôle n'ouvre pas cette page.")
NOT_FOUND = Text("There is nothing at this address.", "Il n'y a rien à cette adresse.")
OUR_FAULT = Text(
    "This page could not be made. It is a fault of Cadran's; the server's log says where.",
    "Cette page n'a pas pu être faite. C'est une erreur de Cadran ; le journal du serveur dit où.",
)
SYNC_FIRST = Text(
    "Nothing has been synced yet. Run `cadran sync`, or wait for the scheduled run; this page shows the results then.",
    "Rien n'a encore été synchronisé. Lancez `cadran sync`, ou attendez la synchronisation prévue ; cette page montrera les résultats.",
)


BEING_FILLED = Text(
    "The results are being put in place for these pages. It takes some seconds the first time: reload then.",
    "Les résultats sont en train d'être mis en place pour ces pages. La première fois, cela prend quelques secondes : rechargez ensuite.",
)


class Site:
    """Everything that pages are made of, for one account."""

    def __init__(self, house: House, ask: Ask, security: Security) -> None:
        self.house, self.ask, self.security = house, ask, security
        self.engine = shelf.engine_of(house)

    # --- answers -------------------------------------------------------------------------------------

    def page(self, request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
        """A template in the reader's language, with what every page has."""
        current = Shelf(self.engine, self.house.catalogue)
        told = language(request.state.locale, current.about.get("zone"))
        return self._made(request, template, context, told, current, status)

    def _made(
        self, request: Request, template: str, context: Mapping[str, Any], told: Language, current: Shelf, status: int
    ) -> Response:
        reader = request.state.reader
        is_part = request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"
        common = {
            "request": request,
            "reader": reader,
            "csrf": request.state.csrf,
            "account": self.house.name,
            "shelf": current,
            "menu": menu(pages(), reader, request.url.path),
            "now": self.house.clock(),
            "last_run": self.house.ledger.last_run("sync", "run", status=None),
        }
        return HTMLResponse(rendered(template, told, {**common, **context}, is_part and status < 400), status)

    def problem(self, request: Request, status: int, said: Text | str) -> Response:
        """A page that says what is wrong, with the way back."""
        words = said if isinstance(said, str) else said.in_(request.state.locale)
        return self.page(request, "problem.html", {"said": words, "status": status}, status)

    # --- pages ---------------------------------------------------------------------------------------

    def route(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._shown, request, page, page.show, page.needs, {})

        return answer

    def post_route(self, page: Page, needs: Action, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form(max_fields=100)).items()}
            return await run_in_threadpool(self._shown, request, page, show, needs, form)

        return answer

    def _shown(self, request: Request, page: Page, show: Show, needs: Action, form: Mapping[str, str]) -> Response:
        reader = request.state.reader
        if reader is None or not may(reader, needs):
            return self.problem(request, 403, NOT_ALLOWED)
        current = Shelf(self.engine, self.house.catalogue)
        if current.run_id is None and page.group != "system":
            is_synced = self.house.ledger.last_run("sync") is not None
            return self.problem(request, 200, BEING_FILLED if is_synced else SYNC_FIRST)
        told = language(reader.locale, current.about.get("zone"))
        query = dict(request.query_params)
        try:
            filters = self._filters(current, query)
            look = Look(
                house=self.house,
                shelf=current,
                reader=reader,
                language=told,
                filters=filters,
                path=dict(request.path_params),
                query=query,
                form=form,
                is_part=request.headers.get("hx-request") == "true",
                now=self.house.clock(),
                ask=self.ask,
            )
            answer = show(look)
        except BadFilter as bad:
            return self.page(request, "bad_filter.html", {"bad": bad, "path": request.url.path}, 400)
        except NoAnswer as none:
            return self.problem(request, 502, none.said)
        except LookupError as missing:
            return self.problem(request, 404, missing.args[0] if missing.args else NOT_FOUND)
        if isinstance(answer, Response):
            return answer
        context = {"look": look, "filters": look.filters, "page": page, **answer}
        return self._made(request, page.template, context, told, current, 200)

    def _filters(self, current: Shelf, query: Mapping[str, str]) -> Filters:
        channels = current.labels("channel").keys() | set(current.members("channel"))
        return parse(query, channels=channels, models=self.house.settings.attribution.kept)


def create_app(house: House, ask: Ask) -> Starlette:
    """The application of one account. ``house`` needs no sources."""
    security = Security.of(house)
    known = pages()  # before the shelf is opened: they declare the tables that they read
    site = Site(house, ask, security)
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
        Mount(API_PATH, api(house, site.engine, ask)),
        *sign_in_routes(security, site.page),
    ]
    for page in known:
        routes.append(Route(page.path, site.route(page), methods=["GET"]))
        for path, (needs, show) in page.posts.items():
            routes.append(Route(path, site.post_route(page, needs, show), methods=["POST"]))
    routes.append(Route("/favicon.ico", lambda _: RedirectResponse("/static/icon.svg", 308)))
    return Starlette(
        routes=routes,
        middleware=[Middleware(SignInMiddleware, security=security), Middleware(GZipMiddleware, minimum_size=2048)],
        exception_handlers={
            404: _handled(site, 404, NOT_FOUND),
            405: _handled(site, 405, NOT_FOUND),
            Exception: _handled(site, 500, OUR_FAULT),
        },
    )


def _handled(site: Site, status: int, said: Text) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if status == 500:
            log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        if not hasattr(request.state, "locale"):
            return Response(said.en, status)
        return await run_in_threadpool(site.problem, request, status, said)

    return answer
