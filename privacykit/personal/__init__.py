"""
Classes on fields: which fields of an application's own models speak of a person. Pure.

:class:`Personal` marks a field by fideslang's data categories; what logs, events and data maps show
of an object is read from its class (:mod:`.marks`), once.
"""
