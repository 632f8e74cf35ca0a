"""Refusals by number, as SEMrush words them."""

TEXTS = {
    40: 'MANDATORY PARAMETER "action" NOT SET OR EMPTY',
    41: 'MANDATORY PARAMETER "type" NOT SET OR EMPTY',
    42: 'MANDATORY PARAMETER "domain" NOT SET OR EMPTY',
    44: 'MANDATORY PARAMETER "url" NOT SET OR EMPTY',
    46: 'MANDATORY PARAMETER "database" NOT SET OR EMPTY',
    48: "USE GET METHOD",
    50: "NOTHING FOUND",
    110: "WRONG KEY FORMAT",
    120: "WRONG KEY - ID PAIR",
    130: "API DISABLED",
    132: "API UNITS BALANCE IS ZERO",
    135: "API REPORT TYPE DISABLED",
    429: "TOO MANY REQUESTS",
    605: "OFFSET MUST BE LESS THAN LIMIT",
    613: "TOO MANY ROWS REQUESTED",
    10000: "WRONG PARAMETER VALUE",
}
"""Codes that the sandbox gives out. The texts of 50, 120 and 132 are captured ones; the others are UNVERIFIED wordings."""

HTTP_STATUS = {50: 200, 110: 403, 120: 403, 130: 403, 132: 403, 135: 403, 429: 429}
"""All others: 400. 50 and 132 are captured; the rest is a doubt, hence a quirk."""
CAPTURED = frozenset({50, 132})


class SemrushError(Exception):
    """A refusal, by its number."""

    def __init__(self, number: int, detail: str = "") -> None:
        self.number = number
        super().__init__(f"ERROR {number} :: {TEXTS[number]}{f': {detail}' if detail else ''}")
