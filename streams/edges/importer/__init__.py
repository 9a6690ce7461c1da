"""Survey exports in, events out.

marked_yaml -> mapping -> cells, scores -> convert     pure: a mapping and dicts in, events out
rows, survey, preview, send                            files, what the user sees, Kafka
"""
