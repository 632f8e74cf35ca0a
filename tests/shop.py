"""What a company has in its CRM beyond deals: a shop, subscriptions, service, goals, marketing, an object of its own.

Records as HubSpot holds them; contacts 11 and 12, company 1, deal 1001 and line 501 are those of the worlds that take them in.
"""

from typing import Any

from connectors.sandbox.world import Record

CAMPAIGN = "5f3a1c2e-0000-4000-8000-00000000c001"


def _record(id: str, at: str, properties: dict[str, str], **links: list[str]) -> Record:
    return {"id": id, "properties": properties, "createdAt": at, "updatedAt": at, "associations": links}


def shop_objects() -> dict[str, list[Record]]:
    """By plural name."""
    return {
        "orders": [
            _record(
                "7001",
                "2026-08-01T22:30:00Z",
                {
                    "hs_order_name": "Order of Pat Doe",
                    "hs_external_order_id": "S-1",
                    "hs_source_store": "shop",
                    "hs_fulfillment_status": "shipped",
                    "hs_total_price": "120.50",
                    "hs_tax": "20.08",
                    "hs_shipping_cost": "5",
                    "hs_currency_code": "USD",
                    "hs_exchange_rate": "0.5",
                },
                contacts=["11"],
                companies=["1"],
                deals=["1001"],
                line_items=["501"],
                commerce_payments=["8001"],
                subscriptions=["7101"],
            ),
            _record("7002", "2026-08-03T08:00:00Z", {"hs_total_price": "30", "hs_currency_code": "EUR"}, contacts=["12"])
            | {"archivedAt": "2026-09-01T00:00:00Z"},
            _record("7003", "2026-10-02T08:00:00Z", {"hs_total_price": "40", "hs_currency_code": "EUR"}, contacts=["12"]),
        ],
        "carts": [
            _record(
                "7201",
                "2026-08-01T21:00:00Z",
                {
                    "hs_external_cart_id": "C-1",
                    "hs_external_status": "completed",
                    "hs_total_price": "120.50",
                    "hs_homecurrency_amount": "60.25",
                    "hs_exchange_rate": "0.5",
                    "hs_currency_code": "USD",
                    "hs_cart_discount": "3",
                },
                contacts=["11"],
                line_items=["501"],
                orders=["7001"],
            ),
            _record("7202", "2026-08-05T10:00:00Z", {"hs_total_price": "10", "hs_currency_code": "EUR"}),
        ],
        "commerce_payments": [
            _record(
                "8001",
                "2026-08-01T22:31:00Z",
                {
                    "hs_initiated_date": "2026-08-01T22:31:00Z",
                    "hs_initial_amount": "120.50",
                    "hs_latest_status": "partially_refunded",
                    "hs_refunds_amount": "20.50",
                    "hs_refunds_amount_in_portal_currency": "10.25",
                    "hs_currency_code": "USD",
                    "hs_customer_email": "person11@example.com",
                },
                contacts=["11"],
                companies=["1"],
                deals=["1001"],
                subscriptions=["7101"],
                invoices=["7301"],
            ),
            _record(
                "8002",
                "2026-08-04T09:00:00Z",
                {"hs_initial_amount": "30", "hs_latest_status": "succeeded", "hs_currency_code": "EUR"},
            ),
        ],
        "subscriptions": [
            _record(
                "7101",
                "2026-07-01T08:00:00Z",
                {
                    "hs_name": "Plan of Pat Doe",
                    "hs_status": "active",
                    "hs_recurring_billing_start_date": "2026-07-01",
                    "hs_recurring_billing_frequency": "annually",
                    "hs_next_payment_amount": "1200",
                    "hs_last_payment_amount": "1100",
                    "hs_next_payment_due_date": "2027-07-01",
                    "hs_currency_code": "EUR",
                },
                contacts=["11"],
                line_items=["501"],
            ),
            _record(
                "7102",
                "2026-07-02T08:00:00Z",
                {
                    "hs_status": "canceled",
                    "hs_recurring_billing_start_date": "2026-07-02",
                    "hs_recurring_billing_frequency": "monthly",
                    "hs_last_payment_amount": "49",
                    "hs_currency_code": "EUR",
                },
                contacts=["12"],
            ),
        ],
        "invoices": [
            _record(
                "7301",
                "2026-08-02T08:00:00Z",
                {
                    "hs_invoice_date": "2026-08-02",
                    "hs_due_date": "2026-09-01",
                    "hs_invoice_status": "paid",
                    "hs_amount_billed": "120.50",
                    "hs_currency": "EUR",
                },
                contacts=["11"],
                companies=["1"],
            )
        ],
        "tickets": [
            _record(
                "7401",
                "2026-08-10T22:15:00Z",
                {
                    "subject": "Pat Doe cannot log in",
                    "content": "Call me: +33 1 23 45 67 89",
                    "hs_pipeline": "0",
                    "hs_pipeline_stage": "4",
                    "hs_ticket_priority": "HIGH",
                    "source_type": "EMAIL",
                    "hubspot_owner_id": "41",
                    "closed_date": "2026-08-11T22:15:00Z",
                    "time_to_first_agent_reply": "5400000",
                },
                contacts=["11"],
                companies=["1"],
            )
        ],
        "feedback_submissions": [
            _record(
                "7501",
                "2026-08-12T10:00:00Z",
                {
                    "hs_survey_type": "NPS",
                    "hs_survey_id": "3",
                    "hs_survey_name": "After delivery",
                    "hs_survey_channel": "EMAIL",
                    "hs_value": "9",
                    "hs_response_group": "PROMOTER",
                    "hs_sentiment": "POSITIVE",
                    "hs_content": "Pat Doe was happy",
                    "hs_submission_timestamp": "2026-08-11T22:30:00Z",
                },
                contacts=["11"],
            ),
            _record("7502", "2026-08-13T10:00:00Z", {"hs_survey_type": "NPS", "hs_value": "0"}, contacts=["12"]),
        ],
        "goal_targets": [
            _record(
                "7601",
                "2026-07-01T00:00:00Z",
                {
                    "hs_goal_name": "Q3 revenue",
                    "hs_target_amount": "50000",
                    "hs_start_datetime": "2026-06-30T22:00:00Z",
                    "hs_end_datetime": "2026-09-30T21:59:59Z",
                    "hs_milestone": "quarterly",
                    "hs_group_correlation_uuid": "g-1",
                    "hubspot_owner_id": "41",
                },
            )
        ],
        "campaigns": [
            {
                "id": CAMPAIGN,
                "properties": {"hs_name": "Autumn", "hs_start_date": "2026-09-01"},
                "createdAt": "2026-08-20T00:00:00Z",
            }
        ],
        "machines": [
            _record(
                "7701",
                "2026-08-20T08:00:00Z",
                {"serial": "M-1", "price": "900", "bought": "2026-08-19", "hubspot_owner_id": "41"},
            ),
            _record("7702", "2026-08-21T08:00:00Z", {"serial": "M-2", "price": "100"}),
        ],
    }


def shop_properties() -> dict[str, list[Record]]:
    """The account's own definitions."""
    return {
        "machines": [
            {"name": "serial", "label": "Serial", "type": "string", "fieldType": "text", "groupName": "machines_information"},
            {"name": "price", "label": "Price", "type": "number", "fieldType": "number", "groupName": "machines_information"},
            {"name": "bought", "label": "Bought", "type": "date", "fieldType": "date", "groupName": "machines_information"},
        ]
    }


def shop_emails() -> list[Record]:
    """Two e-mails with what came of them by day; one day lies after the worlds' clocks."""
    counted: dict[str, Any] = {"sent": 400, "delivered": 390, "open": 100, "click": 20, "bounce": 10, "hardbounced": 4}
    return [
        {
            "id": "9001",
            "name": "September letter",
            "campaign": CAMPAIGN,
            "publishDate": "2026-09-20T08:00:00Z",
            "days": {"2026-09-20": counted, "2026-09-22": {"open": 40, "click": 2}, "2026-10-05": {"open": 1}},
        },
        {
            "id": "9002",
            "name": "Welcome",
            "publishDate": "2026-07-20T08:00:00Z",
            "days": {"2026-09-20": {"sent": 5, "delivered": 5}},
        },
    ]
