"""What every official procedure is made of: clocks, consultations, meetings, tasks, comments, notices."""
