"""The simulated TikTok API for Business: synchronous reports of campaigns by day, and what advertisers say of themselves.

Left out: everything that changes an account, other levels and kinds of report, background reports, and organic accounts.
"""
