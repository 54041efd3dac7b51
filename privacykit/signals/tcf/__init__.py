"""TCF: consent strings of IAB Europe's Transparency and Consent Framework, v1.1 and v2.x. Pure."""
