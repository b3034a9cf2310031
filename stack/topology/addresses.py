"""The addresses to which several parts of the topology refer."""

TABLE, POOL, API = "table.data", "user_pool.users", "rest_api.api"
RECEIPTS, WEB = "bucket.receipts", "bucket.web"
ERASURES, DEAD_LETTERS = "queue.erasures", "queue.dead_letters"
ALARMS, DASHBOARD = "topic.alarms", "dashboard.main"
DEPENDENCIES, IMAGES = "layer.dependencies", "layer.images"
