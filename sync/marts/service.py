"""Of what customers answer when asked, and of the tickets they open."""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.spans import STARTS


def answers(desk: Desk) -> None:
    """Answers that lie on the scale of their survey; of those on recommending, the ones that count in each period."""
    options = desk.options
    desk.con.execute(ANSWERED.format(csat=CSAT_SCALE[options.csat_scale]))
    desk.mart("survey_answer", SURVEY_ANSWER)
    counted = NPS_PERSON[options.nps_answers]
    desk.mart("nps_answer", NPS_ANSWER.format(person=counted), {"today": options.today})


def tickets(desk: Desk) -> None:
    desk.con.execute(TICKETS)
    desk.mart("ticket_state", "SELECT * FROM _ticket")


CSAT_SCALE: Mapping[str, str] = {
    "auto": "CASE WHEN bool_or(score IN (3, 4, 5)) OVER (PARTITION BY survey_type, coalesce(survey_id, survey_name)) "
    "THEN 'stars' ELSE 'bands' END",
    "stars": "'stars'",
    "bands": "'bands'",
}
"""Setting ``csat_scale`` -> the scale of a satisfaction survey. HubSpot's own has the bands 0, 1, 2
(https://developers.hubspot.com/docs/api-reference/latest/crm/objects/feedback-submissions/guide, 2026-11-21); a survey in which
somebody gave 3, 4 or 5 has five stars."""

ANSWERED = """
CREATE OR REPLACE TEMP TABLE _answered AS
WITH asked AS (
    SELECT response_id, upper(survey_type) AS survey_type, survey_id, survey_name, score, answered_at, answered_on
    FROM survey_response
    WHERE archived_at IS NULL AND merged_into IS NULL AND answered_on IS NOT NULL AND upper(survey_type) IN ('NPS', 'CSAT', 'CES')
), people AS (
    SELECT a.from_id AS response_id, coalesce(s.survivor, a.to_id) AS contact_id
    FROM association a LEFT JOIN _contact_survivor s ON s.id = a.to_id
    WHERE a.from_type = 'feedback_submissions' AND a.to_type = 'contacts'
    QUALIFY row_number() OVER (PARTITION BY a.from_id ORDER BY length(contact_id), contact_id) = 1
), scaled AS (
    SELECT *, lower(survey_type) AS kind,
        CASE survey_type WHEN 'NPS' THEN '0-10' WHEN 'CES' THEN '1-7' ELSE {csat} END AS scale
    FROM asked
)
SELECT s.* EXCLUDE (survey_name), coalesce(p.contact_id, 'response:' || s.response_id) AS person, c.owner_id, t.team_id,
    f.company_id,
    coalesce(s.score = floor(s.score) AND CASE s.scale
        WHEN '0-10' THEN s.score BETWEEN 0 AND 10 WHEN '1-7' THEN s.score BETWEEN 1 AND 7
        WHEN 'stars' THEN s.score BETWEEN 1 AND 5 ELSE s.score BETWEEN 0 AND 2 END, false) AS is_on_scale,
    s.score >= CASE s.scale WHEN '0-10' THEN 9 WHEN '1-7' THEN 6 WHEN 'stars' THEN 4 ELSE 2 END AS is_satisfied
FROM scaled s
LEFT JOIN people p USING (response_id)
LEFT JOIN _contact c ON c.contact_id = p.contact_id
LEFT JOIN _contact_primary f ON f.contact_id = p.contact_id
LEFT JOIN _team t USING (owner_id)
"""
"""Every answer of a survey of a known type, with who gave it: the contact it is associated with, after merges."""

SURVEY_ANSWER = "SELECT * FROM _answered WHERE is_on_scale"

NPS_PERSON: Mapping[str, str] = {"last": "person", "every": "response_id"}
"""Setting ``nps_answers`` -> whose answers stand for one another: a person's last one counts, or every one."""

NPS_ANSWER = (
    """
WITH given AS (SELECT * FROM _answered WHERE kind = 'nps' AND is_on_scale AND answered_on <= $today), spread AS (
    SELECT *, """
    + STARTS.format(day="answered_on")
    + """ FROM given
    UNION ALL BY NAME
    SELECT *, 'all' AS period, min(answered_on) OVER () AS period_start FROM given
)
SELECT period, period_start, response_id, survey_id, owner_id, team_id, company_id, is_satisfied AS is_promoter,
    score <= 6 AS is_detractor
FROM spread
QUALIFY row_number() OVER (
    PARTITION BY period, period_start, {person} ORDER BY answered_on DESC, answered_at DESC NULLS LAST, length(response_id) DESC,
        response_id DESC
) = 1
"""
)

TICKETS = """
CREATE OR REPLACE TEMP TABLE _ticket AS
WITH companies AS (
    SELECT a.from_id AS ticket_id, c.company_id
    FROM association a LEFT JOIN _company_survivor s ON s.id = a.to_id
    JOIN _company c ON c.company_id = coalesce(s.survivor, a.to_id)
    WHERE a.from_type = 'tickets' AND a.to_type = 'companies'
    QUALIFY row_number() OVER (PARTITION BY a.from_id ORDER BY a.is_primary DESC, length(c.company_id), c.company_id) = 1
), timed AS (
    SELECT ticket_id, owner_id, created_on AS opened_on, closed_on, first_reply_s,
        CASE WHEN created_at IS NOT NULL AND closed_at IS NOT NULL THEN date_diff('microsecond', created_at, closed_at)
            ELSE CAST(closed_on - created_on AS BIGINT) * 86400000000 END AS close_us
    FROM ticket WHERE archived_at IS NULL AND merged_into IS NULL AND created_on IS NOT NULL
)
SELECT d.ticket_id, d.owner_id, t.team_id, c.company_id, d.opened_on, d.closed_on,
    CASE WHEN d.first_reply_s >= 0 THEN d.first_reply_s END AS first_reply_s,
    CASE WHEN d.close_us >= 0 THEN d.close_us // 1000000 END AS close_s,
    coalesce(d.first_reply_s < 0, false) OR coalesce(d.close_us < 0, false) AS has_negative_time
FROM timed d LEFT JOIN companies c USING (ticket_id) LEFT JOIN _team t USING (owner_id)
"""

NOTES: Mapping[str, Note] = {
    "answers_off_scale": Note(
        "_answered WHERE NOT is_on_scale",
        Text(
            "survey answers without a score, or with one off the scale, such as an NPS of 11 (left out)",
            "réponses à une enquête sans note, ou avec une note hors de l'échelle, comme un NPS de 11 (exclues)",
        ),
        ("feedback_submissions", "response_id"),
    ),
    "tickets_negative_time": Note(
        "_ticket WHERE has_negative_time",
        Text(
            "tickets answered or closed before they were opened (left out of times)",
            "tickets répondus ou fermés avant leur ouverture (exclus des délais)",
        ),
        ("tickets", "ticket_id"),
    ),
}
