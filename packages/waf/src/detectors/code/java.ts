import type { Detection } from '../../inspected-value.ts'
import { detection, matchDetection } from '../detector.ts'
import type { Detector } from '../detector.ts'
import { isDocument } from '../prose.ts'

const serialised = new RegExp(
  String.raw`(?:^|[=:"'\s,;%])(?:rO0AB|KztAAU|Cs7QAF|H4sIAAAAAAAA\w{2}(?:\/|\w){20}|aced0005|\u00ac\u00ed\u0000\u0005|\xac\xed\x00\x05)`,
)
const dotnet =
  /(?:^|[=:"'\s,])(?:AAEAAAD\/{5}|\/w(?:EPD|Eyn|EXA|Ey[A-Z])[\w+/]{60})|ObjectDataProvider|System\.(?:Diagnostics\.Process|Windows\.Data|Web\.Security|Security\.Principal|Configuration\.Install|Management\.Automation|Activities)|"\$type"\s*:\s*"|TypeConfuseDelegate|ActivitySurrogate/
const reflection =
  /\b(?:java\.(?:lang|io|net|util|nio|security|beans)\.[A-Z]\w+|javax\.(?:script|naming|management|el|crypto|imageio)\.[\w.]+|java\.lang\b|org\.apache\.(?:commons|xalan|xbean|tomcat|catalina|log4j|struts2?|velocity|naming|ibatis)\b[\w.]*|com\.(?:sun|opensymphony|alibaba|mchange|zaxxer|rometools|caucho|ibm\.ws)\.[\w.]+|org\.(?:springframework|hibernate|codehaus|mozilla\.javascript|python\.core|yaml\.snakeyaml|jboss|exolab)\.[\w.]+|ch\.qos\.logback|sun\.misc\.|oracle\.jdbc\.[\w.]+|javassist\.)/
const running =
  /getRuntime\s*\(|\.exec\s*\(|ProcessBuilder|getClass\s*\(|\.class\b|forName\s*\(|newInstance|getMethod\s*\(|getDeclaredMethod|ClassLoader|ScriptEngine|InitialContext|lookup\(|@|JdbcRowSet|dataSourceName|ClassPathXml|Unsafe|#|T\s*\(|new\s+java|getWriter|InputStream|\bSystem\b|invoke\s*\(|"\s*:|^\s*!!|!!|TemplatesImpl|Transformer|defineClass|\$\{|%\{/
const expression =
  /[%$#*]\{\s*(?:\(?#\w+(?:\s*[=.[(',)]|$)|\(?\s*@\w+[.@]|\(?'[^']*'\)?\s*\.|new\s+java|T\s*\(|#?(?:this|context|request|session|response|application|root|parameters|attr|_memberAccess)\b|Class\.|[\w.]*(?:getClass|forName|getRuntime|getSession|getServlet)\b)|#_memberAccess|@(?:java|org|com|ognl)\.[\w.]+@\w+|\(#[\w.]+\s*=|#(?:context|application|session|request|parameters|attr|root)\[|\bT\s*\(\s*(?:java|org|javax|sun|com)\.|\bxwork\.|ognl\.\w+|\bgetRuntime\s*\(\s*\)|\\u0023|\.getClass\s*\(\s*\)|Runtime\.getRuntime|ProcessBuilder\s*\(|redirect(?:Action)?:\s*[$%]\{|(?:^|[\s?&.])(?:action|redirect|redirectAction):[$%]?\{/i
const loader =
  /\bclass(?:\.module)?\.classLoader|\bclass\[['"]?(?:module|classLoader)|\bclassLoader\.(?:resources|parent|URLs|jarPath|defaultAssertionStatus)|\bpipeline\.first\.|spring\.cloud\.function\.routing-expression|\bclass\.module\b|\bClass\.classLoader/i
const typed =
  /"@(?:type|class)"\s*:\s*"(?:\w+\.)+|\[\s*"(?:com|org|java|javax|ch|oracle|br)\.[\w.]+"\s*,|<(?:java|void|object)\s+(?:class|method|version)\s*=|!!(?:javax?|com|org|sun)\.\w|<dynamic-proxy>|<java\.util\.PriorityQueue|<sorted-set>|<(?:map|entry|linked-hash-set)>\s*<\w+\.|<jdk\.nashorn|<org\.apache\.|<javax?\./i

const typeMember = /(?:^|\/)(?:@type|@class|\$type|!type|class|__type)$/
const className =
  /^[[L]?(?:[a-z]\w*\.){2,}[A-Z][\w$]+;?$|^System\.[\w.]+,|^(?:[A-Z]\w+\.){2,}\w+,\s*\w+/

const worthReading = new RegExp(
  String.raw`rO0AB|aced00|KztA|Cs7Q|H4sIAAAA|AAEAAAD|\/wE|\u00ac\u00ed|class|java|[{(@#!<$]|org\.|com\.|ch\.q|sun\.|oracle\.|System\.|pipeline|routing|redirect:|action:|u0023`,
  'i',
)

/** Would the value make a Java or .NET application load a class, evaluate an expression or rebuild an object? */
export const javaCode: Detector = {
  name: "code for Java's or .NET's own evaluators",
  needs: [0],
  detect(text, name) {
    if (text.length < 5) return undefined
    if (typeMember.test(name) && className.test(text))
      return detection(text, 0, text.length, 'a class that an object should be made of')
    if (!worthReading.test(text)) return undefined
    return stream(text) ?? evaluator(text) ?? classes(text)
  },
}

function stream(text: string): Detection | undefined {
  if (
    !/rO0|ced00|KztA|H4sI|AAEAAAD|\/w[E]|\u00ac\u00ed|Cs7Q|ObjectData|System\.|"\$type|Surrogate|Confuse/.test(
      text,
    )
  )
    return undefined
  return (
    matchDetection(serialised.exec(text), 'a serialised Java object') ??
    (text.startsWith('/w')
      ? undefined
      : matchDetection(dotnet.exec(text), 'a serialised .NET object'))
  )
}

function evaluator(text: string): Detection | undefined {
  if (/class/i.test(text) || text.includes('pipeline') || text.includes('routing')) {
    const found = matchDetection(loader.exec(text), 'a way to the class loader')
    if (found !== undefined) return found
  }
  if (!/[{(@#!<]|\\u0023/.test(text)) return undefined
  const found = expression.exec(text)
  if (
    found !== null &&
    !(isDocument(text) && /^\.getClass|^Runtime|^getRuntime|^ProcessB/.test(found[0]))
  ) {
    return matchDetection(found, 'an expression that Java would evaluate')
  }
  return matchDetection(typed.exec(text), 'a class that an object should be made of')
}

function classes(text: string): Detection | undefined {
  if (!/java|org\.|com\.|ch\.qos|sun\.|oracle\./.test(text)) return undefined
  const found = reflection.exec(text)
  if (found === null || !running.test(text) || isDocument(text)) return undefined
  // A stack trace and an import name classes as well; what runs something calls it.
  if (
    /^\s*(?:import|package)\s|Exception\b|\bat (?:java|org|com)\./.test(text) &&
    !/getRuntime|ProcessBuilder|forName/.test(text)
  )
    return undefined
  return /\(|"@?\w+"\s*:|!!|<|@|#/.test(text)
    ? matchDetection(found, 'a class of Java with which code is run')
    : undefined
}
