import type { Detection } from '../../inspected-value.ts'
import { matchDetection } from '../detector.ts'

const tools =
  /\b(?:sqlmap|nikto|nuclei|wpscan|w3af|acunetix|netsparker|invicti|nessus|openvas|qualys(?:guard)?|masscan|zgrab|zmap|nmap(?: scripting engine)?|dirbuster|dirsearch|gobuster|feroxbuster|wfuzz|ffuf|fuzz faster u fool|fuzzer|hydra|medusa|havij|pangolin|arachni|skipfish|grabber|vega|whatweb|wapiti|webinspect|burp(?:suite|collaborator)?|owasp[_ -]?zap|zaproxy|zap\/\d|commix|xsser|xsstrike|dalfox|joomscan|joomla scanner|cmsmap|droopescan|jaeles|jorgee|zmeu|morfeus|muieblackcat|libwhisker|whisker|webshag|paros|n-?stealth|appscan|absinthe|bsqlbf|sqlninja|sqlsus|jbrofuzz|webscarab|golismero|nessusd?|metasploit|metis|mysqloit|brutus|cisco-torch|dotdotpwn|fimap|uniscan|vulnscan|websecurify|webvulnscan|security scan|security\.scan|prowebwalker|pmafind|python-nmap|springenwerk|toata dragostea|core-project|bilbo|hellobot|cgichk|crowdstrike scan|detectify|tplmap|padbuster|domino hunter|get-minimal|grendel-scan|inspath|internet ninja|jaascois|kenjin spider|lwp::simple scan|mozilla\/4\.0 \(compatible; msie 6\.0; win32\)$|mozilla\/5\.0 sf\/|ncc[- ]group|rapid7|retina|s\.t\.a\.l\.k\.e\.r|sitelock|sqlbrute|sql power injector|sysscan|voideye|wprecon|xenu vuln|l9explore|l9tcpid|leakix|censysinspect|projectdiscovery|interactsh|httpx - open|katana|naabu|gau\/|hakrawler|photon|sn1per|patator|slowhttptest|slowloris|goldeneye|hulk bot|r-u-dead-yet|bbscan|webcruiser|safe3|bbqsql|blindelephant|openvas-vt|winrm client openvasvt|netcraft scan|nasl|mercuryboard_user_agent|evilscanner|vulnerability|exploit(?:db|er)?|pentest(?:er)?|revolt|datacha0s|ecollector|mosiac 1|webbandit|wordpress hash grabber|black widow|blackwidow|autogetcontent|floodgate|email ?(?:extractor|siphon|wolf|magnet|collector|harvest)|chinaclaw|psycheclone|sogou develop|picscout|missigua|casper bot|hostharvest|gameboy, powered by nintendo|fhscan|atomic_email_hunter|bad-neighborhood|havij|auto-rooter|teh forest lobster|whcc\/|scanner|ghost|wget\/1\.\d+ scan|nimbostratus|expanse|palo ?alto networks scan|odin\.io scan|paloaltonetworks\.com)\b/i
const planted =
  /(?:^|\s)(?:\(\)\s*\{|\$\{jndi)|[\w.-]@[\w.-]{0,200}(?:interact\.sh|oast\.\w+|burpcollaborator\.net)|-\(\)\s*\{/i

/** A scanner or another tool of attack that names itself in its user agent. */
export function scannerAgent(agent: string): Detection | undefined {
  return matchDetection(
    tools.exec(agent) ?? planted.exec(agent),
    'a tool that looks for weaknesses',
  )
}

/** Headers that scanners set to find their own requests again. */
const scannerHeaders =
  /^(?:acunetix-.*|x-scanner|x-wipp|x-scan-memo|x-request-memo|x-requestmanager-memo|x-wvs-id|x-ratproxy-loop|x-vulnhunter|x-arachni-.*|bytescanner|openvas-.*)$/i

/** The name of a header that only scanners set. */
export function scannerHeader(
  names: readonly (readonly [name: string, value: string])[],
): string | undefined {
  return names.find(([name]) => scannerHeaders.test(name))?.[0]
}
