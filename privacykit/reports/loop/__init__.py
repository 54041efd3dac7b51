"""
The closed loop: from visitors to leads, opportunities and customers, by channel.

A *link* ties a visitor id to the key of a lead in a CRM, by that person's consent. Leads without a
link are not read: deleting the link is the erasure, and the next report knows nothing of them.
"""
