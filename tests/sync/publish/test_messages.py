"""Messages to people: kept with their cause, delivered by a real mail server, and never twice when it was down."""

import itertools
import json
import logging
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import AccountSettings
from connectors.errors import ConfigurationError
from sync import setup
from sync.publish.letters import Part, as_html, as_text
from sync.publish.messages import LEASE, WAITS, Letter, Message, deliver, language_of, messages, send_later, troubles
from sync.publish.outbox_text import trouble_line
from sync.publish.post import post, why_not
from tests.sync.publish.mail import PASSWORD, Clock, Inbox, free_port, home_of, keep, mail_server, recipients
from tests.sync.versions import Versions

PARTS = [
    Part(
        "Chiffre d'affaires gagné : 12 000 €",
        ("Valeur précédente : 18 000 €, soit −33 %.",),
        ("−4 000 €  volume", "<b>Évil</b> & co"),
        "https://kpi.firm.example/kpi/revenue_won?by=channel&key=direct",
    )
]
MESSAGE = Message(
    "alert/1", "sales", "Attention : chiffre d'affaires à 12 000 €", as_text(PARTS, "Compte é."), as_html(PARTS, "Compte é.")
)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def opened(tmp_path: Path, port: int) -> Iterator[tuple[Versions, Clock]]:
    made, clock = home_of(tmp_path, {"notify": recipients(port, sales="fr", direction=None)})
    yield made, clock
    made.close()


def test_a_mail_arrives_with_both_parts_accents_and_its_file(opened: tuple[Versions, Clock], port: int) -> None:
    """Subject, plain text, HTML without live mark-up, and the attachment byte for byte."""
    house = opened[0].house
    report = house.folder / "reports" / "août.html"
    report.parent.mkdir()
    report.write_bytes("<p>août</p>".encode())
    keep(house, replace(MESSAGE, attachments=(report,)))
    with mail_server(port) as inbox:
        assert [one.recipient for one in deliver(house).sent] == ["sales"]
    mail = inbox.mails[0]
    assert inbox.subjects == ["Attention : chiffre d'affaires à 12 000 €"]
    assert "sales@firm.example" in str(mail["to"])
    plain, html = inbox.body(), inbox.body(kind="html")
    assert "Valeur précédente : 18 000 €, soit −33 %." in plain
    assert "https://kpi.firm.example/kpi/revenue_won?by=channel&key=direct" in plain
    assert "<b>Évil</b> & co" in plain
    assert "&lt;b&gt;Évil&lt;/b&gt; &amp; co" in html
    assert 'href="https://kpi.firm.example/kpi/revenue_won?by=channel&amp;key=direct"' in html
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "aout.html"
    assert attached.get_payload(decode=True) == "<p>août</p>".encode()


def test_a_server_that_is_down_is_tried_again_and_gets_it_once(opened: tuple[Versions, Clock], port: int) -> None:
    """Kept with the reason, not asked before its time, delivered once when the server is up, and never again."""
    house, clock = opened[0].house, opened[1]
    keep(house, MESSAGE)
    (waiting,) = deliver(house).waiting
    assert waiting.reason is not None
    assert "refused" in waiting.reason
    assert "tried 1 times" in trouble_line(waiting, "en")
    assert "essais" in trouble_line(waiting, "fr")
    with mail_server(port) as inbox:
        assert deliver(house).sent == ()
        clock.move(minutes=1)
        assert len(deliver(house).sent) == 1
        clock.move(days=1)
        assert deliver(house).sent == ()
        assert len(inbox.mails) == 1
    assert troubles(house) == []


def test_waits_grow_until_it_is_given_up_with_a_clear_line(
    opened: tuple[Versions, Clock], caplog: pytest.LogCaptureFixture
) -> None:
    """The days of the setting, then no more; the reason stays to be seen, the words are gone."""
    house, clock = opened[0].house, opened[1]
    logger = logging.getLogger("cadran")
    logger.propagate = True
    keep(house, MESSAGE)
    tries = []
    for _ in range(40):
        tries.append(clock.now)
        deliver(house, lambda _address, _letter: "the server is down")
        found = messages(house)[0]
        if found.state != "waiting":
            break
        clock.now = found.next_at
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert waits[: len(WAITS)] == list(WAITS)
    assert set(waits[len(WAITS) :]) == {WAITS[-1]}
    assert (found.state, found.reason) == ("given_up", "given up after 3 days: the server is down")
    assert "will not be delivered" in caplog.records[-1].getMessage()
    assert "ne sera pas remis" in trouble_line(found, "fr")
    assert troubles(house) == [found]
    clock.move(days=91)
    deliver(house)
    assert messages(house) == []


def test_what_is_undone_with_its_cause_is_not_sent(opened: tuple[Versions, Clock]) -> None:
    """The outbox is written in the cause's transaction."""
    house = opened[0].house

    def failing() -> None:
        with house.ledger.transaction() as tx:
            send_later(tx, house, MESSAGE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert messages(house) == []


def test_the_same_message_is_kept_once_and_sent_once(opened: tuple[Versions, Clock]) -> None:
    """Whoever asks for it again, before or after it was sent."""
    house = opened[0].house
    arrived: list[str] = []
    assert len(keep(house, MESSAGE)) == 1
    assert keep(house, MESSAGE) == ()
    deliver(house, lambda _address, letter: arrived.append(letter.subject))
    assert keep(house, MESSAGE) == ()
    deliver(house, lambda _address, letter: arrived.append(letter.subject))
    assert arrived == [MESSAGE.subject]


def test_a_message_in_another_process_s_hands_is_left_to_it_until_that_was_killed(opened: tuple[Versions, Clock]) -> None:
    """While it is being sent nobody else sends it; whoever was killed with it is followed by another, a while later."""
    house, clock = opened[0].house, opened[1]
    keep(house, MESSAGE)
    inner: list[int] = []

    def send(_address: str, _letter: Letter) -> str | None:
        inner.append(len(deliver(house, lambda _a, _l: None).sent))
        raise KeyboardInterrupt  # killed before it could note anything

    with pytest.raises(KeyboardInterrupt):
        deliver(house, send)
    assert inner == [0]
    assert deliver(house, lambda _a, _l: None).sent == ()
    clock.now += LEASE
    assert len(deliver(house, lambda _a, _l: None).sent) == 1


def test_each_address_is_served_on_its_own_and_a_failing_one_is_asked_once(tmp_path: Path) -> None:
    """What one took is not sent to it again because the other did not; five messages do not wait for five time-outs."""
    made, clock = home_of(tmp_path, {"notify": {"recipients": {"sales": {"to": ["good://a", "bad://b"]}}}})
    asked: list[str] = []

    def send(address: str, _letter: Letter) -> str | None:
        asked.append(address)
        return None if address == "good://a" else "down"

    for number in range(5):
        keep(made.house, replace(MESSAGE, key=str(number)))
    assert len(deliver(made.house, send).sent) == 5
    assert asked.count("bad://b") == 1
    clock.move(minutes=1)
    deliver(made.house, lambda _a, _l: None)
    assert {one.state for one in messages(made.house)} == {"sent"}
    made.close()


def test_what_cannot_be_kept_is_refused_and_what_lost_its_address_is_given_up(
    opened: tuple[Versions, Clock], tmp_path: Path
) -> None:
    """An unknown recipient, a file outside the account's folder, a recipient that the settings no longer have."""
    house = opened[0].house
    with pytest.raises(ConfigurationError, match="known: sales, direction"):
        keep(house, replace(MESSAGE, recipient="nobody"))
    with pytest.raises(ConfigurationError, match="only files in"):
        keep(house, replace(MESSAGE, attachments=(tmp_path.parent / "secret.txt",)))
    keep(house, MESSAGE)
    house.settings = AccountSettings()
    (lost,) = deliver(house).given_up
    assert lost.reason == "the settings have no such address any more"
    assert language_of(house, "sales") == "en"


def test_a_file_that_is_gone_is_said(opened: tuple[Versions, Clock], port: int) -> None:
    """The message waits for it, with the reason."""
    house = opened[0].house
    keep(house, replace(MESSAGE, attachments=(house.folder / "gone.pdf",)))
    with mail_server(port) as inbox:
        (waiting,) = deliver(house).waiting
    assert (waiting.reason, inbox.mails) == ("the file gone.pdf is not there any more", [])


@pytest.mark.parametrize(
    "address",
    [
        f"mailto://user:{PASSWORD}@127.0.0.1:{{port}}?to=x@firm.example&from={PASSWORD}@firm.example",
        f"json://127.0.0.1:{{port}}/{PASSWORD}?key={PASSWORD}",
        f"slack://{PASSWORD}",
        f"nothing://{PASSWORD}",
    ],
)
def test_no_part_of_an_address_gets_out(
    address: str, port: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in the reason nor in any log, not even at debug level, nor on a stream."""
    caplog.set_level(logging.DEBUG)
    reason = post(address.format(port=port), Letter("Subject", "Text", "<p>Text</p>"))
    assert reason
    out = capfd.readouterr()
    assert PASSWORD not in reason + caplog.text + out.out + out.err


def test_a_server_s_refusal_is_told_without_the_address(port: int) -> None:
    """Its own words help; whom it refused stays out."""
    inbox = Inbox()
    inbox.refuses = f"554 no relay for {PASSWORD}@firm.example"
    with mail_server(port, inbox):
        reason = post(
            f"mailto://127.0.0.1:{port}?to={PASSWORD}@firm.example&from=a@firm.example", Letter("Subject", "Text", "<p>Text</p>")
        )
    assert reason is not None
    assert reason.startswith("127.0.0.1: ")
    assert "554" in reason
    assert PASSWORD not in reason
    assert why_not(["see https://x.example", "Failed: abcd"], "json://abcd") == "Failed: [hidden]"


def test_check_tells_what_waits(
    opened: tuple[Versions, Clock], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as JSON; nothing where nothing waits."""
    house = opened[0].house

    def check(*, as_json: bool) -> str:
        assert setup.check_command(False, False, as_json, None, None, None) == 0
        out = capsys.readouterr()
        return out.out + out.err

    monkeypatch.setattr(setup, "opened", lambda *_of, **_more: nullcontext(house))
    assert "Message to" not in check(as_json=False)
    keep(house, MESSAGE)
    deliver(house, lambda _address, _letter: "the server is down")
    assert "tried 1 times, again from 2026-10-01 09:01 UTC: the server is down" in check(as_json=False)
    (waiting,) = json.loads(check(as_json=True))["messages"]
    assert (waiting["recipient"], waiting["state"], waiting["reason"]) == ("sales", "waiting", "the server is down")
