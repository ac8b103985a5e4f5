export const pageHtml: string = ''
export const pageScript: string = ''
export const pageStyle: string = ''
