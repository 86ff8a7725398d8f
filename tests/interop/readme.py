#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
"""Runs every pipeline of the README, and the demo, as a reader would.

Only what a test machine lacks is replaced: a screen by fakesink, a camera by an
encoded test picture, the film by one made here. Prints TAP.
"""

import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FRAMES = 'fakesink num-buffers=30 sync=false'
VIEW = f'gst-launch-1.0 claspsrc room=demo ! videoconvert ! {FRAMES}'
PUBLISH = 'gst-launch-1.0 videotestsrc is-live=true ! claspsink room=demo run-relay=true'
CAMERA = ('videotestsrc is-live=true ! x264enc tune=zerolatency '
          'speed-preset=ultrafast key-int-max=30')
LIMIT = 30


def readme_pipelines():
    """Lines of the README that start with gst-launch-1.0, made whole."""
    text = open(os.path.join(ROOT, 'README.md'), encoding='utf-8').read()
    for block in re.findall(r'```sh\n(.*?)```', text, re.S):
        for line in block.replace('\\\n', ' ').splitlines():
            if line.startswith('gst-launch-1.0'):
                yield re.sub(r'\s+', ' ', line)


class Pipeline:
    """A running gst-launch-1.0 and what it says."""

    def __init__(self, command):
        command = command.replace('gst-launch-1.0', 'gst-launch-1.0 -m', 1)
        self.said = []
        self.joined = threading.Event()
        self.process = subprocess.Popen(
            shlex.split(command), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(line)
            if 'clasp-connection' in line and 'joined' in line:
                self.joined.set()

    def wait_until_joined(self):
        assert self.joined.wait(LIMIT), 'does not join: ' + self.text()

    def go_on_for(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError('ended early: ' + self.text())

    def text(self):
        return ''.join(line for line in self.said if 'state-changed' not in line)

    def end(self):
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f'does not stop: {self.process.args}')
        finally:
            self.reader.join()
        assert 'ERROR' not in self.text(), self.text()


def run(command):
    done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
    assert done.returncode == 0, f'{command}\n{done.stdout}'


def with_publisher(publish, view):
    publisher = Pipeline(publish)
    try:
        publisher.wait_until_joined()
        view()
    finally:
        publisher.end()


def test_publisher(command, folder):
    film = os.path.join(folder, 'film.mp4')
    command = command.replace('/tmp/film.mp4', film)
    command = command.replace('v4l2src', CAMERA)
    with_publisher(command, lambda: run(VIEW))


def test_viewer(command, folder):
    command = command.replace('autovideosink', FRAMES)
    if 'playbin' in command:
        command += f" video-sink='{FRAMES}' audio-sink=fakesink"
    if 'filesink' in command:
        with_publisher(PUBLISH, lambda: record(command, folder))
    else:
        with_publisher(PUBLISH, lambda: run(command))


def record(command, folder):
    path = os.path.join(folder, 'demo.mp4')
    recorder = Pipeline(command.replace('location=demo.mp4', f'location={path}'))
    recorder.go_on_for(6)
    recorder.end()
    run(f'gst-launch-1.0 filesrc location={path} ! qtdemux ! h264parse ! '
        f'avdec_h264 ! {FRAMES}')


def make_film(folder):
    run('gst-launch-1.0 -q videotestsrc num-buffers=300 ! video/x-raw,width=640,'
        'height=360,framerate=30/1 ! x264enc speed-preset=ultrafast ! '
        'mp4mux name=m ! filesink location=' + os.path.join(folder, 'film.mp4') +
        ' audiotestsrc num-buffers=430 ! audio/x-raw,rate=44100,channels=2 ! '
        'avenc_aac ! m.')


def colours(path):
    """How many values the bytes of a PNG's picture have."""
    data, at, packed = open(path, 'rb').read(), 8, b''
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IDAT':
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    return len(set(zlib.decompress(packed)))


def test_demo(source, folder):
    picture = os.path.join(folder, 'frame.png')
    demo = os.path.join(os.environ['CLASP_BUILD'], 'examples', 'clasp-demo')
    run(f'{demo} --source {source} --seconds 10 --snapshot {picture}')
    assert colours(picture) > 16, 'the snapshot shows nothing'
    os.unlink(picture)


def cases(folder):
    for command in readme_pipelines():
        if 'example.org' in command:
            continue  # a relay elsewhere; the suites conformance and unit do wss
        test = test_publisher if 'claspsink' in command else test_viewer
        yield command, lambda t=test, c=command: t(c, folder)
    yield 'demo --source test', lambda: test_demo('test', folder)
    yield 'demo --source FILE', lambda: test_demo(
        os.path.join(folder, 'film.mp4'), folder)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        make_film(folder)
        number = 0
        for number, (name, test) in enumerate(cases(folder), 1):
            try:
                test()
                print(f'ok {number} - {name}', flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError) as e:
                failed += 1
                print(f'not ok {number} - {name}', flush=True)
                print('\n'.join('# ' + line for line in str(e).splitlines()),
                      file=sys.stderr)
        print(f'1..{number}\n# tests {number}\n# pass {number - failed}\n'
              f'# fail {failed}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
