"""
Sealed fields: personal data in streams and append-only places, under a key that can be destroyed.

Pure: keys, randomness and time are arguments. A log offers no deletion of one record, so each
person has a random key for each purpose, and to destroy that key is to make every copy of the
record unreadable at once, in segments, replicas and backups of the log alike.

.. code-block:: text

    ids        a person as the key store knows them: keyed hashes, never the identity
    envelope   what stands in the place of a sealed field, and what binds it to its record
    rules      which fields of which events are sealed, for whom, and what stands beside them
    seal       events sealed by producers and opened by consumers
    cache      keys in memory, for minutes at most: a cache is the life of what was erased
"""
