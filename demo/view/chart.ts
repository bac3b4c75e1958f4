import { CustomChart, type CustomSeriesOption } from 'echarts/charts';
import { AriaComponent, type AriaComponentOption, GridComponent, type GridComponentOption } from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { allBars, type Bar, type BarState, type Client, isOver, onBar } from '../bars.ts';
import { copied } from '../copied.ts';
import { openTabs, tab } from '../tab.ts';
import { coloursOf } from './colours.ts';
import { find } from './dom.ts';
import { type Lane, lanesOf, type Piece, piecesOf } from './lanes.ts';

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>;
type Option = ComposeOption<CustomSeriesOption | GridComponentOption | AriaComponentOption>;
use([CustomChart, GridComponent, AriaComponent, SVGRenderer]);

/** In milliseconds: how long a scene is at least; after how quiet a time a new one begins; how often it is drawn. */
const [SHORTEST, QUIET, PAUSE] = [5000, 3000, 120];
const STATES: readonly BarState[] = ['waiting', 'sent', 'refused', 'answered', 'failed'];
const CLIENTS: readonly Client[] = copied ? ['latchkey', 'copied'] : ['latchkey'];

/** Draws the bars as they grow; gives the function that draws them anew. Nothing moves while nothing happens. */
export function showChart(): () => void {
  const element = find('#chart', HTMLElement);
  const chart = init(element, undefined, { renderer: 'svg' });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let isPlanned = false;
  let start = Date.now();
  let last = 0;

  function draw(): void {
    isPlanned = false;
    const now = Date.now();
    const bars = allBars().filter((bar) => (bar.steps[0]?.at ?? 0) >= start - 1500);
    chart.setOption(optionOf(bars, start, now));
    if (bars.some((bar) => !isOver(bar))) plan();
  }
  function plan(): void {
    if (!isPlanned) setTimeout(draw, PAUSE);
    isPlanned = true;
  }
  onBar(({ kind }) => {
    const now = Date.now();
    // A burst after a quiet time is a new scene; a refresh alone leaves the last one to whoever looks at it.
    if (kind === 'request' && now - last > QUIET) start = now;
    if (kind === 'request') last = now;
    plan();
  });
  new ResizeObserver(() => {
    chart.resize();
    plan();
  }).observe(element);
  dark.addEventListener('change', plan);
  draw();
  return plan;
}

function optionOf(bars: readonly Bar[], start: number, now: number): Option {
  const colours = coloursOf();
  const lanes = lanesOf(CLIENTS, openTabs(), tab);
  const pieces = lanes.flatMap((lane) => piecesOf(barsOf(lane, bars), lane, start, now));
  const last = pieces.reduce((latest, { to }) => Math.max(latest, to), SHORTEST);
  const middles = lanes.map(({ top, bottom }) => (top + bottom) / 2);
  return {
    animation: false,
    aria: { enabled: true, label: { description: describe(bars) } },
    grid: { left: 78, right: 12, top: 6, bottom: 24 },
    xAxis: {
      type: 'value',
      min: 0,
      max: last * 1.02,
      axisLabel: {
        color: colours.muted,
        formatter: (time: number) => `${Math.round(time / 100) / 10} s`,
        showMaxLabel: false,
      },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 1,
      inverse: true,
      axisLabel: {
        color: colours.text,
        lineHeight: 14,
        customValues: middles,
        formatter: (place: number) => labelAt(lanes, place),
      },
      axisTick: { show: false },
      axisLine: { show: false },
      splitLine: { show: false },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        z: -1,
        renderItem: renderLane(colours.lane),
        data: lanes.map(({ top, bottom }) => [0, last * 1.02, top, bottom]),
      },
      { type: 'custom', silent: true, clip: true, renderItem: renderPiece(colours.states), data: pieces.map(valuesOf) },
    ],
  };
}

function barsOf({ client, label }: Lane, bars: readonly Bar[]): readonly Bar[] {
  return bars.filter(
    (bar) =>
      bar.client === client &&
      (bar.kind === 'refresh' ? label === 'refresh' : label.split(',')[0] === `tab ${bar.tab}`),
  );
}

function labelAt(lanes: readonly Lane[], place: number): string {
  const lane = lanes.find(({ top, bottom }) => place >= top && place <= bottom);
  return lane?.label === 'refresh' ? `${lane.client}:\nrefresh` : (lane?.label ?? '');
}

function describe(bars: readonly Bar[]): string {
  const refreshes = (client: Client): number =>
    bars.filter((bar) => bar.client === client && bar.kind === 'refresh').length;
  const requests = bars.filter(({ client, kind }) => client === 'latchkey' && kind === 'request').length;
  const beside = copied ? `, and ${refreshes('copied')} by the copied interceptor` : '';
  return `${requests} requests over time, with ${refreshes('latchkey')} refreshes by latchkey${beside}. The table below says the same.`;
}

function valuesOf({ from, to, top, bottom, state }: Piece): number[] {
  return [from, to, top, bottom, STATES.indexOf(state)];
}

type Place = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

function placeOf(api: Parameters<RenderItem>[1]): Place {
  const [x = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
  const [right = 0, bottom = 0] = api.coord([api.value(1), api.value(3)]);
  return { x, y, width: Math.max(right - x, 1), height: Math.max(bottom - y, 1) };
}

function renderLane(fill: string): RenderItem {
  return (_, api) => ({ type: 'rect', shape: placeOf(api), style: { fill } });
}

/** What was answered is a mark at the end of the bar: it takes no time. */
function renderPiece(colours: Readonly<Record<BarState, string>>): RenderItem {
  return (_, api) => {
    const state = STATES[Number(api.value(4))] ?? 'waiting';
    const place = placeOf(api);
    const isMark = state === 'answered' || state === 'failed';
    return { type: 'rect', shape: isMark ? { ...place, width: 5 } : place, style: { fill: colours[state] } };
  };
}
