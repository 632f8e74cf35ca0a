"""Named switches for every vendor fact that nobody has confirmed and that Cadran leans on.

The default is the more likely answer; the contract suite passes in both positions. Once a fact is settled on a live
account (``cadran check --probe``), its switch goes away.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quirks:
    """One field a doubt. HubSpot's are doubts of 2026-11-21."""

    equal_value_bumps_modified: bool = True
    """HubSpot: writing the value that a property already holds moves the record's modified date."""

    invalid_value_refuses_batch: bool = False
    """HubSpot: a bad value refuses a whole batch with 400 even when every input has a trace id (else 207 and the rest)."""

    batch_results_reversed: bool = False
    """HubSpot: the results of a batch come in another order than its inputs."""

    retry_after_on_429: bool = False
    """HubSpot: a 429 carries ``Retry-After`` (seconds)."""

    to_object_id_is_text: bool = False
    """HubSpot: ``toObjectId`` of an association is text, not a number."""

    missing_associations_are_errors: bool = True
    """HubSpot: a ``from`` without associations appears in ``errors`` of a 207 (else it is just not in the answer)."""

    cleared_reads_as_empty: bool = False
    """HubSpot: a property cleared by ``""`` reads back as ``""`` rather than null."""

    numbers_read_canonical: bool = False
    """HubSpot: a number written as ``12.50`` reads back as ``12.5``."""

    rules_apply_to_2026_03: bool = False
    """HubSpot: the account's validation rules apply to paths of 2026-03 too, not only from 2026-09 on."""

    seeded_after_is_refused: bool = False
    """HubSpot: a list refuses an ``after`` that no earlier page gave out (so that id ranges cannot be walked in parallel)."""

    seeded_after_is_ignored: bool = False
    """HubSpot: a list begins anew for an ``after`` that no earlier page gave out."""

    list_after_is_exclusive: bool = False
    """HubSpot: ``after`` of a list is the last id of the page before (else the next id, as the documents say)."""

    restore_bumps_modified: bool = True
    """HubSpot: bringing an archived record back moves its modified date."""

    unknown_filter_is_refused: bool = False
    """HubSpot: a search filter on a property that does not exist is a 400 (else it matches nothing)."""

    search_unsorted_is_by_id: bool = True
    """HubSpot: a search without a sort comes in creation order (else newest first)."""

    stage_properties_have_suffix: bool = False
    """HubSpot: the names of stage-timing properties end in a number of their own (``hs_v2_date_entered_closedwon_731``)."""

    property_name_max: int = 100
    """HubSpot: longest name of a custom property, in characters."""

    owners_page_max: int = 500
    """HubSpot: largest page of owners."""

    campaign_properties_by_api: bool = True
    """HubSpot: a campaign's custom properties can be created by API (else only in the vendor's pages)."""

    subscriptions_have_companies: bool = True
    """HubSpot: subscriptions can be associated with companies (its list of association types has no number for the pair)."""

    user_record_is_user: bool = False
    """HubSpot: the id of a record of the users object is the user's id (else only its ``hs_internal_user_id`` is)."""

    email_scope_is_marketing: bool = True
    """HubSpot: marketing e-mails are opened by the scope ``marketing.email.read`` (else by ``content``)."""

    email_days_are_utc: bool = False
    """HubSpot: the days of e-mail statistics are cut in UTC (else in the account's zone)."""

    email_empty_days_are_absent: bool = False
    """HubSpot: days without any e-mail are missing from the e-mail statistics (else they come with noughts)."""

    ga4_key_events_are_float: bool = True
    """GA4: ``keyEvents`` is TYPE_FLOAT (else TYPE_INTEGER; both are seen)."""

    ga4_is_sampled: bool = False
    """GA4: reports read one session in four and say so in ``samplingMetadatas``."""

    ga4_is_thresholded: bool = False
    """GA4: rows of few users are withheld, with ``subjectToThresholding``."""

    ga4_has_other_row: bool = False
    """GA4: rare dimension values are rolled into "(other)", with ``dataLossFromOtherRow``."""

    ga4_totals_drift: bool = False
    """GA4: whole numbers among the totals are half a per cent above the sum of the rows."""

    google_ads_zeros_absent: bool = False
    """Google Ads: a selected field whose value is 0, false or empty is missing from the row."""

    google_ads_stream_errors_in_array: bool = True
    """Google Ads: an error of searchStream comes wrapped in an array."""

    semrush_header_quoted: bool = True
    """SEMrush: ``export_escape=1`` quotes the header line too."""

    semrush_tracking_is_list: bool = False
    """SEMrush: ``data`` of position tracking is a list (else an object keyed "0", "1" …)."""

    semrush_refusals_are_200: bool = False
    """SEMrush: refusals other than 132 come with HTTP 200 (else 400, 403 and 429)."""

    linkedin_ads_zeros_absent: bool = False
    """LinkedIn: a figure that is 0 is missing from the row."""

    linkedin_ads_ids_are_text: bool = False
    """LinkedIn: ids of accounts and campaigns come as text, not as JSON numbers."""

    linkedin_ads_app_has_refresh_tokens: bool = True
    """LinkedIn: the app was approved for refresh tokens (else a login gets none and ends after 60 days)."""

    linkedin_ads_follower_edge_is_old: bool = False
    """LinkedIn: followers are counted by the relation ``CompanyFollowedByMember`` only."""

    linkedin_ads_page_days_are_utc: bool = True
    """LinkedIn: the days of a company page's statistics begin at midnight UTC (else eight hours later)."""

    meta_ads_header_token_is_ignored: bool = False
    """Meta: the token must be the parameter ``access_token``; in the Authorization header it is not seen (code 104)."""

    meta_ads_pages_are_capped: bool = False
    """Meta: a page of insights holds 500 rows at most, whatever ``limit`` says."""

    meta_ads_big_pages_are_refused: bool = False
    """Meta: a ``limit`` above 500 is refused with code 1, which is also that of failures that pass."""

    meta_ads_ids_are_numbers: bool = False
    """Meta: ids come as JSON numbers, not as text."""

    meta_ads_statuses_lack_job: bool = False
    """Meta: a report's status is ``Completed``, not ``Job Completed``."""

    meta_ads_deleted_campaigns_are_hidden: bool = True
    """Meta: figures of archived and deleted campaigns are answered only where a filter names their state."""

    meta_ads_state_filter_is_refused: bool = False
    """Meta: a filter by ``campaign.effective_status`` is refused with code 100."""

    meta_ads_pages_want_own_token: bool = True
    """Meta: a page's statistics are given to the page's own token only."""

    sellsy_embeds_by_name: bool = False
    """Sellsy: list rows carry the custom fields that were asked for each under its own name, ``cf.<id>`` (else as a list)."""

    sellsy_lists_leave_archived_out: bool = False
    """Sellsy: plain lists of companies and individuals leave archived ones out."""

    sellsy_last_page_has_offset: bool = True
    """Sellsy: the last page of a list bears a position to go on from too (else an empty one)."""

    sellsy_values_answer_nothing: bool = True
    """Sellsy: setting custom fields is answered by a 204 without a body (else by a 200 with one)."""

    microsoft_ads_has_no_search: bool = False
    """Microsoft Advertising: Client Center has no search for accounts at the path that Cadran asks."""

    microsoft_ads_ids_are_numbers: bool = False
    """Microsoft Advertising: ids in JSON come as numbers, not as text."""

    microsoft_ads_faults_are_200: bool = False
    """Microsoft Advertising: faults come with HTTP 200."""

    microsoft_ads_days_are_utc: bool = False
    """Microsoft Advertising: days are cut in UTC (else in the account's zone)."""

    microsoft_ads_csv_has_bom: bool = True
    """Microsoft Advertising: a report's CSV begins with a byte order mark."""

    microsoft_ads_heads_have_blanks: bool = False
    """Microsoft Advertising: a report's columns are headed ``Campaign name`` where they were asked for as ``CampaignName``."""

    microsoft_ads_conversions_are_qualified: bool = False
    """Microsoft Advertising: conversions are in the column ``ConversionsQualified`` only."""

    tiktok_ads_absent_is_null: bool = False
    """TikTok: a figure that there is none of is null (else ``-``)."""

    tiktok_ads_ids_are_numbers: bool = False
    """TikTok: ids come as JSON numbers, not as text."""

    tiktok_ads_days_have_midnight: bool = True
    """TikTok: ``stat_time_day`` is ``2026-11-01 00:00:00`` (else ``2026-11-01``)."""

    tiktok_ads_has_display_timezone: bool = True
    """TikTok: an advertiser says its zone as ``display_timezone``, with an offset as ``timezone`` (else by ``timezone`` alone)."""
