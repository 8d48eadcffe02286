"""What views find in the application."""

from __future__ import annotations

from aiohttp import web

from database.storage import Storage
from settings import Settings
from website.appearance import Palette
from website.conversations import Conversations
from website.events import LocalHub
from website.fanout.channel import Channel
from website.health import Health
from website.rasa import Rasa
from website.worker import Worker

SETTINGS = web.AppKey("settings", Settings)
PALETTE = web.AppKey("palette", Palette)
STORAGE = web.AppKey("storage", Storage)
HUB = web.AppKey("hub", LocalHub)
CHANNEL = web.AppKey("channel", Channel)
"""To the other sites; missing where there is one site."""
CONVERSATIONS = web.AppKey("conversations", Conversations)
WORKER = web.AppKey("worker", Worker)
RASA = web.AppKey("rasa", Rasa)
HEALTH = web.AppKey("health", Health)
