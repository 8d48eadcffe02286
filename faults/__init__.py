"""The fault harness (`make faults`): everything is killed under load, and a ledger says whether a message was lost."""
