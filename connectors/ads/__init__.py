"""What the connectors of ad platforms share: accounts, days asked for, rows of a campaign's day, reports made in the background.

No workflow to inherit: a connector calls what it needs. Facts about any vendor stand in that vendor's folder.
"""
