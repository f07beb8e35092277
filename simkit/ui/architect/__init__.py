"""The architect's panel: an organisation, a policy, limits, and what they come to."""
