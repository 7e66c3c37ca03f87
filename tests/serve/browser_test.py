"""Draws digits on the page of `tito serve` in a real browser and reads the answers.

usage: browser_test.py SERVE LENET [FOLDER]

SERVE is the server's program, LENET the program that trains the network; pictures of the page go to FOLDER. Ends with
77, which ctest reports as skipped, where chromium or chromedriver is missing.
"""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

# Strokes in hundredths of the paper, from left to right and from top to bottom.
ONE = [[(38, 30), (52, 15), (52, 85)]]
ZERO = [[(50, 15), (36, 22), (29, 38), (28, 55), (34, 74), (48, 85), (62, 77), (70, 60), (70, 40), (63, 22), (50, 15)]]


class Driver:
    """A browser, by the WebDriver protocol."""

    def __init__(self, program):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.base = f"http://127.0.0.1:{found[1]}/session"
        self.session = None

    def open(self, arguments):
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", *arguments]}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self.session = self.send("POST", "", wanted)["sessionId"]
        self.base += "/" + self.session

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self.send("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def picture(self, file):
        with open(file, "wb") as out:
            out.write(base64.b64decode(self.send("GET", "/screenshot")))

    def size(self, width, height):
        """The window's inner size, as on a screen or telephone of that width."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def close(self):
        try:
            if self.session:
                self.send("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()


def draw(driver, strokes, kind):
    """Draws with a mouse or a finger: moves in short steps, as a hand does."""
    driver.run("document.getElementById('paper').scrollIntoView({block: 'center'})")
    left, top, side = driver.run(
        "const box = document.getElementById('paper').getBoundingClientRect(); return [box.left, box.top, box.width]")
    for points in strokes:
        steps = []

        def move(x, y, duration):
            steps.append({"type": "pointerMove", "duration": duration, "origin": "viewport",
                          "x": round(left + x * side / 100), "y": round(top + y * side / 100)})

        move(*points[0], 0)
        steps.append({"type": "pointerDown", "button": 0})
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            for part in (1, 2, 3):
                move(x0 + (x1 - x0) * part / 3, y0 + (y1 - y0) * part / 3, 5)
        steps.append({"type": "pointerUp", "button": 0})
        actions = [{"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": steps}]
        driver.send("POST", "/actions", {"actions": actions})
    driver.send("DELETE", "/actions")


def type_one(driver):
    """Draws a 1 with the arrow keys."""
    up, left, down, right, space = "\ue013", "\ue012", "\ue015", "\ue014", " "
    keys = up * 4 + left * 2 + space + (up + right) * 2 + down * 14 + space
    driver.run("document.getElementById('paper').focus()")
    steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
    driver.send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})
    driver.send("DELETE", "/actions")


def answer(driver):
    """The digit that the page shows once nothing is on its way any more."""
    driver.run_async("""const done = arguments[0];
        const look = () => busy || changed ? setTimeout(look, 10) : done(null);
        look();""")
    return driver.run("return document.getElementById('digit').textContent")


def expect(what, got, wanted):
    if got != wanted:
        raise SystemExit(f"FAILED: {what}: expected {wanted!r}, got {got!r}")
    print(f"ok: {what}: {got}")


def clear(driver):
    driver.run("document.getElementById('clear').click()")


def try_page(driver, address, folder):
    driver.send("POST", "/url", {"url": address})
    for width, height in ((1280, 900), (400, 800)):
        driver.size(width, height)
        clear(driver)
        expect(f"{width} px wide: nothing is wider than the window",
               driver.run("return document.documentElement.scrollWidth <= window.innerWidth"), True)
        draw(driver, ONE, "mouse")
        expect(f"{width} px wide: a 1 by mouse", answer(driver), "1")
        clear(driver)
        draw(driver, ZERO, "touch")
        expect(f"{width} px wide: a 0 by touch", answer(driver), "0")
        if folder:
            pictures(driver, folder, width)
    clear(driver)
    type_one(driver)
    expect("a 1 by keyboard", answer(driver), "1")
    expect("the batch is shown", driver.run("return document.getElementById('batch').textContent"), "1 request, alone")
    expect("the probabilities add up", driver.run("""return Math.round([...document.querySelectorAll('.share')]
        .reduce((sum, share) => sum + parseFloat(share.textContent), 0))"""), 100)
    driver.run("document.getElementById('crowd').click()")
    driver.run_async("""const done = arguments[0], button = document.getElementById('crowd');
        const look = () => button.disabled ? setTimeout(look, 10) : done(null);
        look();""")
    crowded = driver.run("return document.getElementById('crowded').textContent")
    expect("sixty at once are answered", sum(int(n) for n in re.findall(r"(\d+) in batches", crowded)), 60)


def pictures(driver, folder, width):
    height = driver.run("return document.documentElement.scrollHeight")
    driver.size(width, height)
    driver.run("window.scrollTo(0, 0)")
    for scheme in ("light", "dark"):
        driver.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})
        driver.picture(os.path.join(folder, f"page-{width}-{scheme}.png"))
    driver.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": []}})


def main():
    serve, lenet = sys.argv[1:3]
    folder = sys.argv[3] if len(sys.argv) > 3 else None
    chromedriver = shutil.which("chromedriver")
    if not chromedriver or not shutil.which("chromium"):
        print("SKIPPED: there is no chromium, or no chromedriver (packages chromium and chromium-driver)")
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        weights = os.path.join(scratch, "lenet")
        subprocess.run([lenet, "--epochs", "8", "--least", "90", "--out", weights], check=True,
                       stdout=subprocess.DEVNULL)
        server = subprocess.Popen([serve, "--port=0", weights], stdout=subprocess.PIPE, text=True)
        driver = None
        try:
            driver = Driver(chromedriver)
            driver.open([f"--user-data-dir={os.path.join(scratch, 'profile')}"])
            try_page(driver, re.search(r"http://\S+", server.stdout.readline())[0], folder)
        finally:
            if driver:
                driver.close()
            server.send_signal(signal.SIGINT)
        expect("the server drains and ends with 0", server.wait(), 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
