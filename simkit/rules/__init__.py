"""Pure rules: functions of (state, request, now). No clock, no randomness, no SimPy in here."""
