"""Targets of the settings: judged (:mod:`~sync.publish.targets.said`), held against the shelf (:mod:`~sync.publish.targets.standing`),
kept run by run (:mod:`~sync.publish.targets.store`) and shown (:mod:`~sync.publish.targets.command`)."""
