"""What every room stands on: verbs, audit, events, numbers, files, jobs, spatial store, ports."""
