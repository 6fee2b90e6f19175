const domains = new Set(
  `mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org sharklasers.com grr.la 10minutemail.com 10minutemail.net
  tempmail.com temp-mail.org temp-mail.io tempmail.net throwawaymail.com yopmail.com yopmail.fr yopmail.net trashmail.com trashmail.de
  trash-mail.com wegwerfmail.de wegwerfemail.de discard.email discardmail.com maildrop.cc mailnesia.com mailcatch.com getnada.com nada.email
  dispostable.com fakeinbox.com fakemailgenerator.com emailondeck.com mohmal.com moakt.com mytemp.email tempail.com tempr.email
  mintemail.com spamgourmet.com spam4.me spambox.us mailexpire.com jetable.org mail-temporaire.fr minuteinbox.com burnermail.io
  inboxkitten.com 33mail.com anonbox.net einrot.com cuvox.de dayrep.com fleckens.hu gustr.com jourrapide.com rhyta.com superrito.com
  teleworm.us armyspy.com mail.tm linshiyouxiang.net crazymailing.com harakirimail.com incognitomail.org mailnull.com spamex.com`.split(
    /\s+/,
  ),
)

/** Whether an address of mail is one of those that are made for one use. */
export function isDisposable(address: string): boolean {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return (
    address.includes('@') &&
    (domains.has(domain) || domains.has(domain.slice(domain.indexOf('.') + 1)))
  )
}
