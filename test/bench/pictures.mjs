import { mkdirSync, writeFileSync } from 'node:fs';
import { loadPeer } from './peers.mjs';

const folder = new URL('../../docs/pictures/', import.meta.url);
/** Read well on white and on black: the page behind is the reader's. */
const COLORS = { text: '#6e7681', ours: '#1a9e6b', others: '#8b949e', line: '#7d859055' };
/** Without quotes, which would end the attribute that it is written into. */
const FONT = 'system-ui, -apple-system, sans-serif';
const WIDTH = 760;

/**
 * Draws what a run measured, as SVG without a background, and says in words what each shows.
 *
 * @returns `[{ file, alt }]`, a picture for each part that the run has.
 */
export async function drawPictures({ sizes, steady, storms, resilience, tabs }) {
  const echarts = await loadPeer('echarts');
  mkdirSync(folder, { recursive: true });
  const pictures = [];
  const draw = (file, title, rows, unit) => {
    const kept = rows.filter(({ value }) => value !== undefined);
    const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: 70 + kept.length * 30 });
    chart.setOption(optionOf(title, kept, unit));
    const alt = `${title}: ${kept.map(({ name, label }) => `${name} ${label}`).join(', ')}`;
    // A picture that is linked has no words for a screen reader but those beside it, and these.
    const svg = chart.renderToSVGString().replace(/<svg([^>]*)>/, `<svg$1 role="img" aria-label="${escaped(alt)}">`);
    chart.dispose();
    writeFileSync(new URL(file, folder), `${svg}\n`);
    pictures.push({ file, alt });
  };
  const storm = storms?.['axios, refused']?.rows;
  if (storm) {
    const most = Math.max(...storm.map(({ size }) => size));
    const rows = storm.filter(
      ({ size, name }) => size === most && !['hindsight', 'control', 'one await'].includes(name),
    );
    const title = `${most.toLocaleString('en')} requests are refused at once: requests that fail`;
    draw(
      'storm.svg',
      title,
      rows.map(({ name, served, refreshes }) =>
        bar(name, most - served, `${most - served}, ${counted(refreshes, 'refresh', 'refreshes')}`),
      ),
      '',
    );
  }
  const outage = resilience?.find(({ id }) => id === 'outage')?.rows;
  if (outage) {
    const most = Math.max(...outage.map(({ requests = 0 }) => requests));
    const rows = outage.map(({ name, signOuts, failures, requests }) =>
      // Whoever is signed out has no request left that could succeed.
      signOuts ? bar(name, most, 'signed out') : bar(name, failures, `${failures} of ${requests}`),
    );
    draw('outage.svg', 'The token endpoint is down for one minute of two: requests that fail', rows, '');
  }
  if (tabs) {
    const rows = tabs.rows.map(({ name, signedOut, refreshes }) =>
      bar(name, signedOut, `${signedOut}, ${counted(refreshes, 'refresh', 'refreshes')}`),
    );
    draw(
      'tabs.svg',
      `${tabs.count} tabs, ${counted(tabs.expiries, 'expiry', 'expiries')} on Django: tabs that are signed out`,
      rows,
      '',
    );
  }
  if (steady) {
    const rows = steady.axios.rows.filter(({ added, name }) => added && name !== 'control');
    draw(
      'cost.svg',
      'What a request over axios costs more, in microseconds',
      rows.map(({ name, added }) => bar(name, added.median, added.median.toFixed(1))),
      'µs',
    );
  }
  if (sizes) {
    draw(
      'size.svg',
      'What an app downloads more, in kB gzipped',
      sizes.map(({ name, gzip }) => bar(name, gzip / 1000, (gzip / 1000).toFixed(1))),
      'kB',
    );
  }
  return pictures;
}

/** One of the bars; undefined as a value leaves it out. */
function bar(name, value, label) {
  return { name, value, label };
}

function optionOf(title, rows, unit) {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: COLORS.text },
    title: { text: title, left: 0, textStyle: { color: COLORS.text, fontSize: 15, fontWeight: 600 } },
    grid: { left: 210, right: 150, top: 40, bottom: 20 },
    xAxis: {
      type: 'value',
      min: 0,
      axisLabel: { color: COLORS.text, formatter: `{value} ${unit}` },
      splitLine: { lineStyle: { color: COLORS.line } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLabel: { color: COLORS.text, width: 180, fontSize: 13 },
      axisLine: { lineStyle: { color: COLORS.text } },
      axisTick: { show: false },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 16,
        data: rows.map(({ name, value, label }) => ({
          value,
          itemStyle: { color: name.startsWith('latchkey') ? COLORS.ours : COLORS.others },
          label: { show: true, position: 'right', color: COLORS.text, formatter: label },
        })),
      },
    ],
  };
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
