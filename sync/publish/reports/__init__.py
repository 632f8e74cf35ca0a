"""Reports: one week or month on paper, from the shelf, for people who do not open the pages.

What is said of a period (:mod:`~sync.publish.reports.contents` and the modules it gathers from) is laid out as one HTML file that loads
nothing (:mod:`~sync.publish.reports.document`), turned into a PDF where that can be done (:mod:`~sync.publish.reports.pdf`), and sent
once for each period (:mod:`~sync.publish.reports.sending`).
"""
