/**
 * Commands of Unix that attackers run, by what must follow for the word to be a command rather than a word of a language:
 * `alone` nothing (no ordinary text has the word between separators), `shaped` an argument that only a command line has (a flag, a
 * path, an address, a quoted string, a variable), `number` a number, `host` an address or a host's name, `code` a flag with code
 * or a script's path.
 */
export type CommandShape = 'alone' | 'shaped' | 'number' | 'host' | 'code'

const byShape: Readonly<Record<CommandShape, string>> = {
  alone: `id whoami uname ifconfig ipconfig netstat pwd ls ps hostname uptime printenv lsof lsb_release lscpu lsblk getent whois groups
  mount arp systeminfo sysinfo lastlog w dir phpinfo ss dmesg dpkg lspci tty nproc env logname hostnamectl iwconfig netsh tasklist`,
  shaped: `cat tac nl head tail more less cut sort uniq tr rev sed awk gawk mawk grep egrep fgrep zgrep find locate which whereis file
  stat strings od xxd hexdump base64 base32 tee touch cp mv rm rmdir mkdir ln chmod chown chattr tar gzip gunzip zip unzip bzip2
  zcat bzcat xz cpio dd df du mkfifo mknod echo printf export set unset declare alias source type command kill killall pkill
  nohup timeout xargs crontab at systemctl useradd usermod userdel adduser passwd chpasswd su sudo ssh scp sftp
  rsync ftp tftp telnet wget curl lynx links lwp-download aria2c axel nc ncat netcat socat openssl gcc cc make git svn
  mysql psql sqlite3 mongo redis-cli mail sendmail mutt vi vim nano emacs who cal finger route ip iptables nmap
  tcpdump traceroute tracepath mtr exec eval tmux diff cmp comm fmt
  shuf seq docker kubectl pip pip3 npm gem cpan apt apt-get yum dnf apk rpm snap gdb strace ltrace busybox
  ionice nice taskset stdbuf setsid unshare nsenter chroot capsh ldconfig ld mapfile wc 
  reboot shutdown poweroff modprobe insmod uudecode uuencode iconv jq loadkeys zsoelim hd ul
  gcore run-parts start-stop-daemon debugfs jjs jrunscript rlwrap xmodmap aspell apache2 httpd nginx cpulimit mkdirp`,
  number: 'sleep usleep',
  host: 'ping ping6 nslookup dig host drill dnsdomainname resolvectl fping hping3',
  code: `sh bash zsh ksh dash csh tcsh ash fish rbash python python2 python3 perl perl5 ruby php php5 php7 php8 node nodejs lua tclsh
  osascript java groovy irb pwsh go awk psh rksh python2.7 python3.9 python3.11`,
}

/** The shape of each command. */
export const unixCommands: ReadonlyMap<string, CommandShape> = new Map(
  Object.entries(byShape).flatMap(([shape, names]) =>
  names.split(/\s+/).map((name): [string, CommandShape] => [name, shapeNamed(shape)]),
  ),
)

function shapeNamed(name: string): CommandShape {
  return name === 'alone' || name === 'shaped' || name === 'number' || name === 'host' ? name : 'code'
}
