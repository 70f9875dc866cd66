// Code 128, sets B and C: a barcode for a number on paper. Answers the widths of bars and gaps in turn, bar first.
const WIDTHS = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 ' +
  '312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 ' +
  '113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 ' +
  '112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 ' +
  '111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112'
).split(' ')

const CODE_C = 99
const CODE_B = 100
const START_B = 104
const START_C = 105
const STOP = 106

export function code128Values(text: string): number[] {
  if (!/^[\x20-\x7e]+$/.test(text)) throw new Error('only printable ASCII can be a barcode')
  const digitsAt = (at: number) => /^\d*/.exec(text.slice(at))![0].length
  const values: number[] = []
  let inC = digitsAt(0) >= 4
  values.push(inC ? START_C : START_B)
  for (let i = 0; i < text.length; ) {
    if (inC && digitsAt(i) < 2) {
      values.push(CODE_B)
      inC = false
    } else if (!inC && digitsAt(i) >= 4 && digitsAt(i) % 2 === 0) {
      values.push(CODE_C)
      inC = true
    }
    if (inC) {
      values.push(Number(text.slice(i, i + 2)))
      i += 2
    } else {
      values.push(text.charCodeAt(i) - 32)
      i += 1
    }
  }
  const sum = values.reduce((total, value, at) => total + value * Math.max(at, 1), 0)
  return [...values, sum % 103, STOP]
}

export function code128(text: string): number[] {
  return code128Values(text).flatMap((value) => [...WIDTHS[value]!].map(Number))
}
