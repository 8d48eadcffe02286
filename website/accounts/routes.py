"""All routes of accounts."""

from __future__ import annotations

from website.accounts import management_pages, oidc_pages, own, own_codes, password_pages, second_step, sign_in
from website.openapi import Route

ROUTES: tuple[Route, ...] = (
    *sign_in.ROUTES,
    *second_step.ROUTES,
    *oidc_pages.ROUTES,
    *password_pages.ROUTES,
    *own.ROUTES,
    *own_codes.ROUTES,
    *management_pages.ROUTES,
)
