"""The simulated Microsoft Advertising over REST: reports of campaigns by day, and the search for accounts.

Left out: everything that changes an account, other reports, named date ranges, and SOAP.
"""
