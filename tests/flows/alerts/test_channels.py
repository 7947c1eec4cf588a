"""Channels: well-formed messages for real receivers, failures told apart, and no word of a URL anywhere."""

import base64
import hashlib
import hmac
import json
import logging
import subprocess
import sys
import traceback
from datetime import datetime
from pathlib import Path

import pytest

from flows.alerts import channels
from flows.alerts.channels import DeliveryFailed, open_channel, open_channels, send_within
from flows.settings import AlertSettings, SettingsError
from tests.conftest import ROOT
from tests.mailbox import Mailbox
from tests.publisher import Publisher, drip_headers, early_hints, hang, redirect, reset, status
from warehouse.outbox import Delivery

TOKEN = "fake-token-9d1f7a"
AT = datetime(2026, 11, 22, 6, 30)
TITLE = "Day MATH reaches 92 %: open → passed: o1 <b>scored</b> 94.8 %"
BODY = "happened: 2024-09-12 [o1] & more\nproperty: math.date_92pct"
LETTER = Delivery("digest-1", "any", None, TITLE, BODY, 1, 0)
FINE = status(204)


@pytest.fixture
def receiver():
    with Publisher() as running:
        yield running


@pytest.fixture
def mailbox():
    with Mailbox() as running:
        yield running


def settings(*urls, **said):
    return AlertSettings(channels=urls, timeout_seconds=said.pop("timeout_seconds", 5.0), **said)


def webhook(receiver, path="/hook", **said):
    url = f"webhook+{receiver.url}{path}"
    return open_channel(1, settings(url, **said))


def is_channel(kind):
    return isinstance(kind, type) and kind is not channels.Channel and hasattr(kind, "send")


def host(receiver):
    return receiver.url.removeprefix("http://")


class TestWebhook:
    def test_it_posts_the_body_as_it_is(self, receiver):
        receiver.serve("/hook", FINE)
        webhook(receiver).send(Delivery("d", "c", None, "t", '{"title": "ü"}', 1, 0), AT)
        (request,) = receiver.asked("/hook")
        assert request.body == '{"title": "ü"}'.encode()
        assert request.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize(
        ("secret", "key"),
        [("plain words", b"plain words"), ("whsec_" + base64.b64encode(b"\x00\xff key").decode(), b"\x00\xff key")],
    )
    def test_it_is_signed_as_standard_webhooks_says(self, receiver, secret, key):
        receiver.serve("/hook", FINE)
        webhook(receiver, webhook_secret=secret).send(LETTER, AT)
        (request,) = receiver.asked("/hook")
        said = {name.lower(): value for name, value in request.headers.items()}
        assert said["webhook-id"] == said["idempotency-key"] == "digest-1"
        assert said["webhook-timestamp"] == "1795329000"
        signed = f"{said['webhook-id']}.{said['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert said["webhook-signature"] == f"v1,{expected}"

    def test_the_example_of_the_specification_gives_its_signature(self):
        """From the reference libraries of Standard Webhooks."""
        from flows.alerts.channels import signed

        key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        at = datetime(2021, 2, 25, 15, 2, 10)
        headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', key)
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_without_a_secret_it_is_sent_unsigned(self, receiver):
        receiver.serve("/hook", FINE)
        webhook(receiver).send(LETTER, AT)
        assert "webhook-signature" not in {name.lower() for name in receiver.asked("/hook")[0].headers}

    def test_credentials_in_the_address_are_sent_as_basic_authorisation(self, receiver):
        receiver.serve("/hook", FINE)
        url = f"webhook+http://me:{TOKEN}@{host(receiver)}/hook"
        open_channel(1, settings(url)).send(LETTER, AT)
        expected = base64.b64encode(f"me:{TOKEN}".encode()).decode()
        assert receiver.asked("/hook")[0].headers["Authorization"] == f"Basic {expected}"

    @pytest.mark.parametrize(
        ("code", "is_passing"), [(500, True), (503, True), (429, True), (401, False), (410, False)]
    )
    def test_only_2xx_counts_and_refusals_that_may_pass_are_told_apart(self, receiver, code, is_passing):
        receiver.serve("/hook", status(code))
        with pytest.raises(DeliveryFailed, match=f"answered {code}") as failure:
            webhook(receiver).send(LETTER, AT)
        assert failure.value.is_passing == is_passing

    def test_a_redirect_is_not_followed(self, receiver):
        receiver.serve("/hook", redirect(f"{receiver.other_url}/elsewhere"))
        receiver.serve("/elsewhere", FINE)
        with pytest.raises(DeliveryFailed, match="redirects are not followed"):
            webhook(receiver, webhook_secret="s").send(LETTER, AT)
        assert receiver.asked("/elsewhere") == []

    def test_a_receiver_that_hangs_is_given_up(self, receiver):
        receiver.serve("/hook", hang)
        with pytest.raises(DeliveryFailed, match=r"no answer within 0\.2 s"):
            webhook(receiver, timeout_seconds=0.2).send(LETTER, AT)

    def test_a_connection_that_breaks_is_a_failure(self, receiver):
        receiver.serve("/hook", reset)
        with pytest.raises(DeliveryFailed, match="no connection"):
            webhook(receiver).send(LETTER, AT)


class TestDeadline:
    """A total one: the time limits of libraries are for one silence each."""

    @pytest.mark.parametrize(
        ("scheme", "behaviour"),
        [("webhook+http", drip_headers), ("webhook+http", early_hints), ("json", drip_headers)],
    )
    def test_a_receiver_that_goes_on_for_ever_is_given_up(self, receiver, scheme, behaviour):
        channel = open_channel(1, settings(f"{scheme}://{host(receiver)}/hook", timeout_seconds=30))
        receiver.serve("/hook", FINE)
        channel.send(LETTER, AT)  # what it imports for the first time is not the receiver's fault
        receiver.serve("/hook", behaviour)
        with pytest.raises(DeliveryFailed, match=r"no answer within 0\.5 s") as failure:
            send_within(0.5, channel, LETTER, AT)
        assert failure.value.is_passing
        assert len(receiver.asked("/hook")) == 2

    def test_one_that_takes_it_in_time_is_not(self, receiver):
        receiver.serve("/hook", FINE)
        send_within(5, webhook(receiver), LETTER, AT)

    def test_a_pipe_that_nobody_reads_is_given_up(self):
        """In a process of its own, as it would be behind `| less`; what does not fit into the pipe waits for ever."""
        code = (
            "from flows.alerts.channels import open_channel, DeliveryFailed\nfrom flows.settings import AlertSettings\n"
            "from datetime import datetime\nfrom warehouse.outbox import Delivery\nimport sys\n"
            "channel = open_channel(1, AlertSettings(channels=('stdout://',), timeout_seconds=0.5))\n"
            "try: channel.send(Delivery('d', 'c', None, 't', 'x' * 1_000_000, 1, 0), datetime(2026, 1, 1))\n"
            "except DeliveryFailed as failure: print(failure, file=sys.stderr)\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        said = process.stderr.read().decode()
        assert process.wait(timeout=30) == 0
        assert said == "nobody reads stdout for 0.5 s\n"


class TestSlack:
    @pytest.fixture
    def slack(self, receiver):
        """Apprise's own Slack plugin, which knows one address: here it is given another."""
        channel = open_channel(1, settings("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"))
        channel.service.webhook_url = f"{receiver.url}/services"
        return channel

    def test_slack_gets_a_message_it_can_show(self, receiver, slack):
        receiver.serve("/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", status(200, b"ok"))
        slack.send(LETTER, AT)
        (request,) = receiver.requests
        message = json.loads(request.body)
        (attachment,) = message["attachments"]
        assert attachment["title"] == TITLE.replace("<", "&lt;").replace(">", "&gt;")
        assert attachment["text"].startswith("happened: 2024-09-12")

    def test_what_slack_refuses_is_told_by_its_code(self, receiver, slack):
        receiver.serve("/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", status(403, b"invalid_token"))
        with pytest.raises(DeliveryFailed, match="answered 403"):
            slack.send(LETTER, AT)


class TestMail:
    def url(self, mailbox):
        return f"mailto://me:{TOKEN}@127.0.0.1:{mailbox.port}?from=gpt2030@example.org&to=you@example.org&mode=insecure"

    def test_a_letter_arrives_whole(self, mailbox):
        open_channel(1, settings(self.url(mailbox))).send(LETTER, AT)
        (letter,) = mailbox.letters
        assert letter["Subject"] == TITLE
        assert letter["To"] == "you@example.org"
        assert "gpt2030@example.org" in letter["From"]
        text = letter.get_body(("plain",)).get_content()
        assert "happened: 2024-09-12 [o1] & more" in text
        assert "property: math.date_92pct" in text

    def test_a_refused_letter_is_a_failure(self, mailbox):
        mailbox.refuses = True
        with pytest.raises(DeliveryFailed):
            open_channel(1, settings(self.url(mailbox))).send(LETTER, AT)


def test_apprise_does_not_follow_redirects_either(receiver):
    receiver.serve("/hook", redirect(f"{receiver.other_url}/elsewhere", 307))
    with pytest.raises(DeliveryFailed, match="answered 307"):
        open_channel(1, settings(f"json://{host(receiver)}/hook")).send(LETTER, AT)
    assert receiver.asked("/elsewhere") == []


def test_stdout_gets_the_text(capsys):
    open_channel(1, settings("stdout://")).send(LETTER, AT)
    assert capsys.readouterr().out == f"{TITLE}\n\n{BODY}\n\n"


def test_a_pipe_gets_the_text_whole_when_it_is_read():
    code = (
        "from flows.alerts.channels import open_channel\nfrom flows.settings import AlertSettings\n"
        "from datetime import datetime\nfrom warehouse.outbox import Delivery\n"
        "channel = open_channel(1, AlertSettings(channels=('stdout://',)))\n"
        "channel.send(Delivery('d', 'c', None, 'títle', 'x' * 300_000, 1, 0), datetime(2026, 1, 1))\n"
    )
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode() == "títle\n\n" + "x" * 300_000 + "\n\n"


def test_the_same_url_twice_is_one_channel():
    assert len(open_channels(settings("stdout://", "json://127.0.0.1:1/a", "stdout://"))) == 2


def test_a_public_name_tells_scheme_and_nothing_else():
    channel = open_channel(1, settings(f"json://127.0.0.1:1/{TOKEN}"))
    assert channel.channel_id.startswith("json-")
    assert len(channel.channel_id) == len("json-") + 8
    assert TOKEN not in repr(channel)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"{TOKEN}.example.org/hook", "number 2: not a URL"),
        (f"slack://{TOKEN}", r"number 2 \(slack\)"),
        (f"nonesuch://{TOKEN}", r"number 2 \(nonesuch\)"),
        (f"webhook+https:///{TOKEN}", r"number 2 \(webhook\+https\): no host"),
    ],
)
def test_a_url_that_cannot_be_used_is_named_by_position_and_scheme(url, said):
    with pytest.raises(SettingsError, match=said) as problem:
        open_channels(settings("stdout://", url))
    assert TOKEN not in "".join(traceback.format_exception(problem.value))


def test_a_signing_secret_that_is_no_base64_is_named_without_its_content():
    with pytest.raises(SettingsError, match=r"alerts\.webhook_secret") as problem:
        open_channels(settings("webhook+http://127.0.0.1:1/", webhook_secret=f"whsec_{TOKEN}!"))
    assert TOKEN not in "".join(traceback.format_exception(problem.value))


@pytest.mark.parametrize(
    ("scheme", "behaviour"),
    [("webhook+http", status(500)), ("webhook+http", reset), ("webhook+http", hang), ("json", status(500)),
     ("json", reset), ("json", hang), ("json", FINE), ("webhook+http", FINE)],
)  # fmt: skip
def test_no_library_logs_a_url_however_it_goes(receiver, caplog, capfd, scheme, behaviour):
    caplog.set_level(logging.DEBUG)
    receiver.serve(f"/{TOKEN}", behaviour)
    url = f"{scheme}://me:{TOKEN}@{host(receiver)}/{TOKEN}"
    channel = open_channel(1, settings(url, timeout_seconds=0.3))
    said = ""
    try:
        channel.send(LETTER, AT)
    except DeliveryFailed as failure:
        said = "".join(traceback.format_exception(failure)) + str(failure)
    captured = capfd.readouterr()
    everything = said + caplog.text + captured.out + captured.err
    assert TOKEN not in everything
    assert base64.b64encode(f"me:{TOKEN}".encode()).decode() not in everything
    assert receiver.requests


def test_nothing_listening_is_a_failure_that_may_pass():
    with Publisher() as gone:
        url = f"webhook+{gone.url}/{TOKEN}"
    with pytest.raises(DeliveryFailed, match="no connection") as failure:
        open_channel(1, settings(url)).send(LETTER, AT)
    assert failure.value.is_passing
    assert TOKEN not in "".join(traceback.format_exception(failure.value))


# One URL for each kind of channel that `open_channel` can give, every part of it a secret.
OF_EACH_KIND = {
    "StdoutChannel": f"stdout://{TOKEN}",
    "WebhookChannel": f"webhook+https://me:{TOKEN}@{TOKEN}.example/{TOKEN}?key={TOKEN}",
    "AppriseChannel": f"json://me:{TOKEN}@{TOKEN}.example/{TOKEN}?key={TOKEN}",
}


KINDS = [kind.__name__ for kind in vars(channels).values() if is_channel(kind)]


def test_every_kind_of_channel_is_tried_and_has_its_line_in_the_docs():
    untried = set(KINDS) - OF_EACH_KIND.keys()
    assert not untried, f"give {sorted(untried)} a URL in OF_EACH_KIND, above"
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    schemes = {url.partition("://")[0] for kind, url in OF_EACH_KIND.items() if kind != "AppriseChannel"}
    untold = [scheme for scheme in sorted(schemes) if f"{scheme}://" not in page]
    assert not untold, f"give {untold} a line in the table of docs/alerts.md"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in OF_EACH_KIND])
def test_printing_a_channel_tells_nothing_of_its_url(kind):
    """A debugger, a traceback with its locals or a careless log prints whatever `repr` gives."""
    channel = open_channel(1, settings(OF_EACH_KIND[kind], webhook_secret=TOKEN))
    assert type(channel).__name__ == kind
    assert TOKEN not in repr(channel) + str(channel) + f"{channel.channel_id} {channel.scheme}"
