"""The page in a real browser, Chromium without a screen; skipped where it or its driver is not installed."""

import shutil
import time

import numpy as np
import pytest

from .server import serving

selenium = pytest.importorskip('selenium')
from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which('chromium'), shutil.which('chromedriver')
FLAGS = (
    '--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking '
    '--disable-component-update --disable-sync --disable-dev-shm-usage'
).split()

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason='chromium and chromium-driver are not installed')


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    with serving(tmp_path_factory.mktemp('played'), '--sessions', '1') as served:
        yield served


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("browser")}', '--window-size=1280,900'):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def until(browser, true, seconds=60):
    return WebDriverWait(browser, seconds, 0.05).until(lambda _: true())


def shown(browser, name):
    return browser.execute_script(f'return document.body.dataset.{name}')


def moment(browser):
    return int(shown(browser, 'time') or -1)


def visit(browser, address):
    """Opens the page; the place of a tab that has just been closed becomes free a little later."""
    until(browser, lambda: _arrived(browser, address))


def _arrived(browser, address):
    browser.get(address)
    until(browser, lambda: shown(browser, 'time') or shown(browser, 'state') == 'closed')
    return shown(browser, 'state') != 'closed'


def test_a_person_plays_dreams_branches_and_saves(browser, page):
    address = page[0]
    visit(browser, address)
    body = browser.find_element(By.TAG_NAME, 'body')
    assert 'toy_catch' in browser.find_element(By.TAG_NAME, 'h1').text
    for key in (Keys.ARROW_LEFT, Keys.ARROW_RIGHT) * 5:  # ten keys, a step after each
        after = moment(browser) + 1
        body.send_keys(key, '.')
        until(browser, lambda after=after: moment(browser) == after)
    assert browser.find_element(By.ID, 'left').get_property('value') == 'you'
    body.send_keys('d')
    body.send_keys('b')
    until(browser, lambda: shown(browser, 'dreams') == '9')
    assert len(browser.find_elements(By.CSS_SELECTOR, '#dreams canvas')) == 9
    pixels = browser.execute_script(
        'const c = document.getElementById("real");'
        'return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]'
    )
    assert max(pixels[::4]) == 255  # the ball is on it
    browser.find_element(By.ID, 'save-episode').click()
    status = browser.find_element(By.ID, 'status')
    until(browser, lambda: status.text.startswith('saved: '))
    with np.load(status.text.removeprefix('saved: '), allow_pickle=False) as file:
        assert file['image'].shape == (11, 64, 64, 1) and file['action'][1:].argmax(1).tolist() == [0, 2] * 5
    assert [entry for entry in browser.get_log('browser') if entry['level'] == 'SEVERE'] == []


def test_it_plays_on_goes_back_and_looks_at_earlier_moments(browser, page):
    visit(browser, page[0])
    Select(browser.find_element(By.ID, 'left')).select_by_value('agent')
    browser.find_element(By.ID, 'go').click()
    until(browser, lambda: moment(browser) >= 20)
    browser.find_element(By.ID, 'go').click()
    until(browser, lambda: shown(browser, 'state') == 'paused')
    chart = browser.find_element(By.CSS_SELECTOR, '#charts canvas')
    chart.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    badge = browser.find_element(By.ID, 'left-badge')
    until(browser, lambda: badge.text == f'step {moment(browser) - 2}, earlier')
    chart.send_keys(Keys.ESCAPE)
    until(browser, lambda: badge.text == f'step {moment(browser)}')
    browser.find_element(By.ID, 'back').click()
    until(browser, lambda: moment(browser) == 0)


def test_a_saved_episode_is_watched_and_left_again(browser, page):
    visit(browser, page[0])
    browser.find_element(By.ID, 'watch').click()
    new = browser.find_element(By.ID, 'new')
    until(browser, lambda: new.text.startswith('Back to the game'))
    assert browser.find_element(By.ID, 'save-episode').get_property('disabled')
    new.click()
    until(browser, lambda: new.text.startswith('New game'))


@pytest.mark.parametrize('width', [1280, 400])
def test_everything_has_a_name_and_fits_the_window(browser, page, width):
    browser.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride', {'width': width, 'height': 900, 'deviceScaleFactor': 1, 'mobile': False}
    )
    visit(browser, page[0])
    assert browser.execute_script('return document.documentElement.scrollWidth') <= width
    for element in browser.find_elements(By.CSS_SELECTOR, 'button, select, input, canvas'):
        assert element.accessible_name, element.get_property('outerHTML')
    before = browser.execute_script('return document.querySelector(".controls").offsetTop')
    browser.find_element(By.ID, 'step').click()
    until(browser, lambda: moment(browser) == 1)
    assert browser.execute_script('return document.querySelector(".controls").offsetTop') == before  # nothing jumps
    browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


def test_a_tab_that_is_closed_leaves_no_session_and_no_process(browser, page):
    visit(browser, page[0])
    browser.get('about:blank')
    visit(browser, page[0])  # the only place is free again
    browser.get('about:blank')
    page[1].terminate()
    page[1].wait(30)
    time.sleep(0.1)
    with pytest.raises(OSError):
        open(f'/proc/{page[1].pid}/stat').close()
