"""Projects (项目): the unified library from idea to demolition, planning and generation, the annual programme, the codes."""
