// The parts of ECharts that are used, loaded with the first chart. Tooltips are drawn on the canvas: their HTML form needs inline styles, which the policy forbids.
import { BarChart, SankeyChart, TreemapChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption, type ECharts } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, SankeyChart, TreemapChart, GridComponent, TooltipComponent, AriaComponent, LabelLayout, CanvasRenderer])

export type { ECharts, EChartsCoreOption }
export const begin = (element: HTMLElement) => init(element, null, { renderer: 'canvas' })

/** Colours as the theme has them now. */
export function colours() {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return { ink: of('--ink'), soft: of('--ink-3'), line: of('--line'), paper: of('--paper'), accent: of('--accent'), good: of('--good'), warn: of('--warn'), bad: of('--bad'), calm: of('--line-2'), font: of('--sans') }
}
