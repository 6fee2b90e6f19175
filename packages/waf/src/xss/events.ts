/**
 * Whether a name, lower case, is an event handler's as browsers have or had them (HTML, SVG, pointer, touch, media, animation,
 * Internet Explorer's own). Only where no tag stands around it does it matter that the event is a known one.
 */
export function isKnownEvent(name: string): boolean {
  return knownEvent.test(name)
}

const knownEvent =
  /^on(?:abort|activate|(?:after|before)[a-z]{3,20}|animation[a-z]{3,12}|auxclick|begin|blur|bounce|canplay(?:through)?|cancel|cellchange|change|click|close|(?:context)(?:menu|lost|restored)|control(?:select|change)|copy|cuechange|cut|dataavailable|dataset[a-z]{4,12}|dblclick|deactivate|devicemotion|deviceorientation|drag[a-z]{0,7}|drop|durationchange|emptied|end|ended|error(?:update)?|exit|filterchange|finish|focus(?:in|out)?|form(?:change|data|input)|fullscreen[a-z]{5,8}|gesture[a-z]{3,6}|(?:got|lost)pointercapture|hashchange|help|input|invalid|key(?:down|up|press)|language[a-z]{4,8}|layoutcomplete|load(?:end|start|eddata|edmetadata)?|losecapture|mediacomplete|mediaerror|message(?:error)?|mouse[a-z]{2,8}|move(?:end|start)?|moz[a-z]{5,24}|o(?:ff|n)line|orientationchange|outofsync|page(?:hide|show|reveal|swap)|paste|pause|play(?:ing)?|pointer[a-z]{2,10}|popstate|progress|propertychange|ratechange|readystatechange|received|rejectionhandled|repeat|reset|resize(?:end|start)?|resume|reverse|row(?:delete|enter|exit|inserted)|rows(?:delete|enter|inserted)|scroll(?:end|snapchang(?:e|ing))?|search|security[a-z]{10,16}|seek(?:ed|ing)?|select(?:start|ionchange)?|show|slotchange|stalled|start|stop|storage|submit|suspend|syncrestored|time(?:error|update|out)|toggle|touch(?:start|end|move|cancel)|trackchange|transition[a-z]{3,6}|undo|unhandledrejection|unload|urlflip|validationstatuschange|volumechange|wait(?:ing)?|webkit[a-z]{8,26}|wheel|zoom)$/
