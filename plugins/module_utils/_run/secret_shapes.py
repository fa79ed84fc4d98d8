# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Tokens that are known by their shape, wherever they stand: vendors give them a beginning of their own for that purpose.

One row a kind: who gives it out, its shape, and where that is written down. A shape is long enough that no word, path or
digest has it.
"""

from __future__ import annotations

import typing as t

_GITHUB = "https://github.blog/engineering/behind-githubs-new-authentication-token-formats/"
_GITLAB = "https://docs.gitlab.com/security/tokens/#token-prefixes"
_STRIPE = "https://docs.stripe.com/keys"
_SLACK = "https://api.slack.com/authentication/token-types"
_AWS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"
_GOOGLE = "https://cloud.google.com/docs/authentication/api-keys"
_CLOUD_OAUTH = "https://developers.google.com/identity/protocols/oauth2"
_AZURE = "https://learn.microsoft.com/en-us/purview/sit-defn-azure-ad-client-secret"
_DIGITALOCEAN = "https://docs.digitalocean.com/reference/api/create-personal-access-token/"
_SHOPIFY = "https://shopify.dev/docs/apps/build/authentication-authorization"
_TWILIO = "https://www.twilio.com/docs/iam/api-keys"
_DATABRICKS = "https://docs.databricks.com/aws/en/dev-tools/auth/pat"
_ATLASSIAN = "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"
_HASHICORP = "https://developer.hashicorp.com/vault/docs/concepts/tokens"
_NPM = "https://docs.npmjs.com/about-access-tokens"
_PYPI = "https://pypi.org/help/#apitoken"
_HUGGING_FACE = "https://huggingface.co/docs/hub/security-tokens"

#: (who gives it out, texts of which it has one, its shape, where that is described): whether a text is in another is told
#: a hundred times faster than whether a pattern is.
SHAPES: t.Tuple[t.Tuple[str, t.Tuple[str, ...], str, str], ...] = (
    (
        "AWS access key",
        ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"),
        r"\b(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{16}\b",
        _AWS,
    ),
    ("GitHub personal access token", ("ghp_",), r"\bghp_[A-Za-z0-9]{20,}", _GITHUB),
    ("GitHub OAuth token", ("gho_",), r"\bgho_[A-Za-z0-9]{20,}", _GITHUB),
    ("GitHub user-to-server token", ("ghu_",), r"\bghu_[A-Za-z0-9]{20,}", _GITHUB),
    ("GitHub server-to-server token", ("ghs_",), r"\bghs_[A-Za-z0-9_.-]{20,}", _GITHUB),
    ("GitHub refresh token", ("ghr_",), r"\bghr_[A-Za-z0-9]{20,}", _GITHUB),
    ("GitHub fine-grained token", ("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{22,}", _GITHUB),
    ("GitLab personal access token", ("glpat-",), r"\bglpat-[A-Za-z0-9_.-]{16,}", _GITLAB),
    ("GitLab deploy token", ("gldt-",), r"\bgldt-[A-Za-z0-9_-]{16,}", _GITLAB),
    ("GitLab runner token", ("glrt-",), r"\bglrt-[A-Za-z0-9_.-]{16,}", _GITLAB),
    ("GitLab job token", ("glcbt-",), r"\bglcbt-[A-Za-z0-9_.-]{16,}", _GITLAB),
    ("GitLab trigger token", ("glptt-",), r"\bglptt-[A-Za-z0-9_-]{16,}", _GITLAB),
    ("GitLab feed token", ("glft-",), r"\bglft-[A-Za-z0-9_-]{16,}", _GITLAB),
    ("GitLab agent token", ("glagent-",), r"\bglagent-[A-Za-z0-9_-]{16,}", _GITLAB),
    ("GitLab OAuth secret", ("gloas-",), r"\bgloas-[A-Za-z0-9_-]{16,}", _GITLAB),
    ("Stripe key", ("k_live_", "k_test_"), r"\b[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}", _STRIPE),
    ("Stripe webhook secret", ("whsec_",), r"\bwhsec_[A-Za-z0-9+/=]{16,}", _STRIPE),
    ("Slack token", ("xox",), r"\bxox[abceoprs]-[A-Za-z0-9-]{10,}", _SLACK),
    ("Slack app-level token", ("xapp-",), r"\bxapp-\d-[A-Z0-9]{6,}-\d+-[a-f0-9]{16,}", _SLACK),
    ("Slack webhook", ("hooks.slack.com/",), r"\bhooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}", _SLACK),
    ("Google API key", ("AIza",), r"\bAIza[A-Za-z0-9_-]{30,}", _GOOGLE),
    ("Google OAuth access token", ("ya29.",), r"\bya29\.[A-Za-z0-9_-]{20,}", _CLOUD_OAUTH),
    ("Google OAuth refresh token", ("1//0",), r"\b1//0[A-Za-z0-9_-]{30,}", _CLOUD_OAUTH),
    ("Google OAuth client secret", ("GOCSPX-",), r"\bGOCSPX-[A-Za-z0-9_-]{20,}", _CLOUD_OAUTH),
    ("Azure client secret", ("Q~",), r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}", _AZURE),
    ("DigitalOcean token", ("_v1_",), r"\bdo[oprt]_v1_[a-f0-9]{32,}", _DIGITALOCEAN),
    ("Shopify token", ("shp",), r"\bshp(?:at|ca|pa|ss|tka)_[A-Fa-f0-9]{24,}", _SHOPIFY),
    ("Twilio API key", ("SK",), r"\bSK[a-f0-9]{32}\b", _TWILIO),
    (
        "SendGrid key",
        ("SG.",),
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    (
        "Mailgun key",
        ("key-",),
        r"\bkey-[a-f0-9]{32}\b",
        "https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt/rbac-mgmt",
    ),
    (
        "Mailchimp key",
        ("-us",),
        r"\b[a-f0-9]{32}-us\d{1,2}\b",
        "https://mailchimp.com/developer/marketing/guides/quick-start/",
    ),
    ("Databricks token", ("dapi",), r"\bdapi[a-f0-9]{32}(?:-\d)?\b", _DATABRICKS),
    ("Atlassian token", ("ATATT3", "ATCTT3"), r"\bATATT3[A-Za-z0-9_=-]{50,}|\bATCTT3[A-Za-z0-9_=-]{50,}", _ATLASSIAN),
    ("HashiCorp Vault token", ("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}", _HASHICORP),
    (
        "Terraform Cloud token",
        (".atlasv1.",),
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
    ),
    ("npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{30,}", _NPM),
    ("PyPI token", ("pypi-",), r"\bpypi-[A-Za-z0-9_-]{40,}", _PYPI),
    ("RubyGems key", ("rubygems_",), r"\brubygems_[a-f0-9]{32,}", "https://guides.rubygems.org/api-key-scopes/"),
    ("crates.io token", ("cio",), r"\bcio[A-Za-z0-9]{32}\b", "https://github.com/rust-lang/crates.io/pull/7524"),
    (
        "Docker access token",
        ("dckr_",),
        r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
        "https://docs.docker.com/security/access-tokens/",
    ),
    ("Hugging Face token", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}", _HUGGING_FACE),
    (
        "OpenAI and compatible key",
        ("sk-",),
        r"\bsk-[A-Za-z0-9_-]{16,}",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    ("Anthropic key", ("sk-ant-",), r"\bsk-ant-[A-Za-z0-9_-]{16,}", "https://docs.anthropic.com/en/api/overview"),
    ("Groq key", ("gsk_",), r"\bgsk_[A-Za-z0-9]{30,}", "https://console.groq.com/docs/quickstart"),
    ("Perplexity key", ("pplx-",), r"\bpplx-[A-Za-z0-9]{30,}", "https://docs.perplexity.ai/guides/getting-started"),
    (
        "Telegram bot token",
        (":AA",),
        r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,}",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
    ),
    (
        "Discord bot token",
        (".",),
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
        "https://discord.com/developers/docs/reference#authentication",
    ),
    (
        "Discord webhook",
        ("/api/webhooks/",),
        r"\bdiscord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{30,}",
        "https://discord.com/developers/docs/resources/webhook",
    ),
    (
        "Grafana service account token",
        ("glsa_",),
        r"\bglsa_[A-Za-z0-9]{20,}_[a-f0-9]{8}",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    (
        "Grafana Cloud token",
        ("glc_",),
        r"\bglc_[A-Za-z0-9+/=]{30,}",
        "https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/",
    ),
    ("Sentry token", ("sntr",), r"\bsntr[yu]s?_[A-Za-z0-9+/=_.-]{30,}", "https://docs.sentry.io/account/auth-tokens/"),
    (
        "New Relic key",
        ("NR",),
        r"\bNR(?:AK|AA|JS|BR|II|RA)-[A-Za-z0-9]{16,}",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
    ),
    ("Linear key", ("lin_",), r"\blin_(?:api|oauth)_[A-Za-z0-9]{30,}", "https://linear.app/developers/graphql"),
    (
        "Notion token",
        ("ntn_", "secret_"),
        r"\b(?:ntn|secret)_[A-Za-z0-9]{40,}",
        "https://developers.notion.com/reference/authentication",
    ),
    ("Figma token", ("fig",), r"\bfig[dou]r?_[A-Za-z0-9_-]{30,}", "https://www.figma.com/developers/api#access-tokens"),
    (
        "Postman key",
        ("PMAK-",),
        r"\bPMAK-[a-f0-9]{20,}-[a-f0-9]{30,}",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    (
        "PlanetScale token",
        ("pscale_",),
        r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}",
        "https://planetscale.com/docs/concepts/service-tokens",
    ),
    (
        "Supabase token",
        ("sbp_", "sbt_", "sb_"),
        r"\bsb[pt]_[a-f0-9]{30,}|\bsb_(?:secret|publishable)_[A-Za-z0-9_-]{20,}",
        "https://supabase.com/docs/guides/api/api-keys",
    ),
    (
        "Doppler token",
        ("dp.",),
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{30,}",
        "https://docs.doppler.com/reference/auth-token-formats",
    ),
    (
        "Fly.io token",
        ("fo1_", "FlyV1 "),
        r"\bfo1_[A-Za-z0-9_-]{30,}|\bFlyV1 fm2_[A-Za-z0-9+/=_,-]{30,}",
        "https://fly.io/docs/security/tokens/",
    ),
    (
        "Square token",
        ("sq0", "EAAA"),
        r"\b(?:sq0(?:atp|csp|idp)|EAAA)[A-Za-z0-9_-]{20,}",
        "https://developer.squareup.com/docs/build-basics/access-tokens",
    ),
    (
        "Okta token",
        ("00",),
        r"(?<![A-Za-z0-9_-])00[A-Za-z0-9_-]{38}-[A-Za-z0-9]{1}(?![A-Za-z0-9])",
        "https://developer.okta.com/docs/guides/create-an-api-token/main/",
    ),
    (
        "Facebook token",
        ("EAA",),
        r"\bEAA[A-Za-z0-9]{60,}",
        "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/",
    ),
    (
        "age secret key",
        ("AGE-SECRET-KEY-1",),
        r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}",
        "https://github.com/C2SP/C2SP/blob/main/age.md",
    ),
    (
        "1Password service account token",
        ("ops_eyJ",),
        r"\bops_eyJ[A-Za-z0-9_-]{40,}",
        "https://developer.1password.com/docs/service-accounts/",
    ),
    (
        "JSON web token",
        ("eyJ",),
        r"\beyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
        "https://www.rfc-editor.org/rfc/rfc7519",
    ),
)
