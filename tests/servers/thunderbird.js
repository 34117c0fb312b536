// What a person does in Thunderbird, through the same windows, for tests/servers/thunderbird.py.
// Each function takes one object and returns a value that JSON can carry.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { RNP } = ChromeUtils.importESModule("chrome://openpgp/content/modules/RNP.sys.mjs");
const { PgpSqliteDb2 } = ChromeUtils.importESModule(
  "chrome://openpgp/content/modules/sqliteDb.sys.mjs"
);
const { EnigmailSingletons } = ChromeUtils.importESModule(
  "chrome://openpgp/content/modules/singletons.sys.mjs"
);
const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);

const pause = (milliseconds, owner) =>
  new Promise(resolve => owner.setTimeout(resolve, milliseconds));
const mainWindow = () => Services.wm.getMostRecentWindow("mail:3pane");

// What was asked or told in a dialog meanwhile; a dialog is closed unread by nobody but us.
const dialogs = [];
const onDialog = window => {
  dialogs.push(window.document.getElementById("infoBody").textContent);
  window.setTimeout(() => window.document.getElementById("commonDialog").cancelDialog(), 0);
};

async function until(look, what, seconds = 300) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const found = look();
    if (found) {
      return found;
    }
    if (dialogs.length) {
      throw new Error(`${what}: ${dialogs.splice(0).join(" / ")}`);
    }
    await pause(50, mainWindow());
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

const BODIES = ".moz-text-html, .moz-text-plain, .moz-text-flowed";

function fileOf(path) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  return file;
}

function identityOf(address) {
  return MailServices.accounts.allIdentities.find(each => each.email == address);
}

function rootOf(address) {
  const account = MailServices.accounts.accounts.find(each =>
    each.identities.some(identity => identity.email == address)
  );
  return account.incomingServer.rootFolder;
}

function alwaysSecured(identity) {
  identity.encryptionPolicy = 2;
  identity.signMail = true;
}

async function remember(origin, username, password) {
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(origin, null, origin, username, password, "", "");
  await Services.logins.addLoginAsync(login);
}

const made = (name, kind) =>
  Cc[`@mozilla.org/messengercompose/${name};1`].createInstance(kind);

function written({ recipient, subject, text, attachments }) {
  const fields = made("composefields", Ci.nsIMsgCompFields);
  fields.to = recipient;
  fields.subject = subject;
  fields.body = text;
  for (const path of attachments) {
    const attachment = made("attachment", Ci.nsIMsgAttachment);
    attachment.url = Services.io.newFileURI(fileOf(path)).spec;
    attachment.name = fileOf(path).leafName;
    fields.addAttachment(attachment);
  }
  return fields;
}

async function found(root, messageId) {
  const inbox = await until(() => root.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox), "an inbox");
  let looks = 0;
  const header = await until(() => {
    if (looks++ % 20 == 0) {
      // Nobody waits for the end of it: while the program fetches by itself none is told.
      inbox.updateFolder(null);
    }
    return [...inbox.messages].find(each => each.messageId == messageId);
  }, `mail ${messageId} in the inbox`);
  return { inbox, header };
}

const actions = {
  // An authority that this person trusts, for servers and for mail.
  trust({ certificate }) {
    certificates.addCertFromBase64(certificate, "C,C,");
  },

  async account({ name, address, password, imap, smtp }) {
    await remember("imap://127.0.0.1", address, password);
    await remember("smtp://127.0.0.1", address, password);
    const incoming = MailServices.accounts.createIncomingServer(address, "127.0.0.1", "imap");
    incoming.port = imap;
    incoming.socketType = Ci.nsMsgSocketType.SSL;
    incoming.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
    const outgoing = MailServices.outgoingServer.createServer("smtp");
    const smtpServer = outgoing.QueryInterface(Ci.nsISmtpServer);
    smtpServer.hostname = "127.0.0.1";
    smtpServer.port = smtp;
    outgoing.socketType = Ci.nsMsgSocketType.SSL;
    outgoing.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
    outgoing.username = address;
    const identity = MailServices.accounts.createIdentity();
    identity.fullName = name;
    identity.email = address;
    identity.smtpServerKey = outgoing.key;
    identity.doFcc = false; // a copy in a folder is not what a test looks at
    identity.valid = true;
    const account = MailServices.accounts.createAccount();
    account.addIdentity(identity);
    account.incomingServer = incoming;
  },

  // Their own secret key, and the certificate of whom they write with, which they compared.
  async openpgp({ address, fingerprint, secret, partner }) {
    const own = await RNP.importSecKeyBlockImpl(null, null, false, secret);
    const other = await RNP.importPubkeyBlockAutoAcceptImpl(null, partner, "verified");
    if (own.exitCode || other.exitCode) {
      throw new Error(`import: ${own.errorMsg} ${other.errorMsg}`);
    }
    await PgpSqliteDb2.updateAcceptance(fingerprint, null, "personal");
    const identity = identityOf(address);
    identity.setUnicharAttribute("openpgp_key_id", fingerprint.slice(-16));
    alwaysSecured(identity);
  },

  smime({ address, bundle, password, serial, partner }) {
    const failed = certificates.importPKCS12File(fileOf(bundle), password);
    if (failed) {
      throw new Error(`PKCS #12: ${failed}`);
    }
    const other = Uint8Array.fromBase64(partner);
    certificates.importEmailCertificate(other, other.length, null);
    const own = certificates
      .getCerts()
      .find(each => each.serialNumber.replaceAll(":", "").replace(/^0+/, "") == serial);
    const identity = identityOf(address);
    for (const use of ["signing_cert", "encryption_cert"]) {
      identity.setUnicharAttribute(`${use}_name`, own.displayName);
      identity.setCharAttribute(`${use}_dbkey`, own.dbKey);
    }
    alwaysSecured(identity);
  },

  // What stands on the screen once this mail of the inbox is opened in a tab.
  async show({ address, messageId }) {
    const { inbox, header } = await found(rootOf(address), messageId);
    // What was decrypted last is kept for ten seconds under folder name and number, whichever
    // the account; two inboxes of one server would show each other's first mail.
    EnigmailSingletons.clearLastDecryptedMessage();
    const tabmail = mainWindow().document.getElementById("tabmail");
    const listed = header.mime2DecodedSubject;
    const tab = tabmail.openTab("mailMessageTab", { messageURI: inbox.getUriForMsg(header) });
    try {
      const view = await until(
        () => tab.chromeBrowser.contentWindow?.setMessageCryptoBox && tab.chromeBrowser.contentWindow,
        "a message view"
      );
      // It may load a mail again when it has just loaded it: what counts stands still.
      let still = 0;
      await until(() => {
        const stands = isWhole(view) && tab.browser?.contentDocument?.body?.offsetHeight;
        still = stands ? still + 1 : 0;
        return still >= 10;
      }, "an opened protected mail");
      return await whatStandsIn(view, tab, listed);
    } finally {
      tabmail.closeTab(tab);
    }
  },

  // Write, attach, and press Send.
  async send({ address, recipient, signed, subject, text, attachments }) {
    const how = made("composeparams", Ci.nsIMsgComposeParams);
    how.composeFields = written({ recipient, subject, text, attachments });
    how.identity = identityOf(address);
    how.type = Ci.nsIMsgCompType.New;
    how.format = Ci.nsIMsgCompFormat.Default;
    const before = new Set(Services.wm.getEnumerator("msgcompose"));
    MailServices.compose.OpenComposeWindowWithParams(null, how);
    const window = await until(
      () => [...Services.wm.getEnumerator("msgcompose")].find(each => !before.has(each)),
      "a window to write in"
    );
    await until(() => window.composeEditorReady, "its editor");
    const smime = () => window.gSMFields.haveValidCertForEmail(recipient);
    await until(() => window.gSelectedTechnologyIsPGP || smime(), "the recipient's certificate");
    // It has looked all certificates up before it says that it will sign and encrypt.
    await until(() => window.gSendSigned && window.gSendEncrypted, "both switched on");
    if (!signed) {
      window.toggleGlobalSignMessage();
    }
    const chosen = {
      signed: window.gSendSigned,
      encrypted: window.gSendEncrypted,
      openpgp: window.gSelectedTechnologyIsPGP,
    };
    Services.obs.addObserver(onDialog, "common-dialog-loaded");
    try {
      window.goDoCommand("cmd_sendNow");
      await until(() => window.closed, "a sent mail");
    } finally {
      Services.obs.removeObserver(onDialog, "common-dialog-loaded");
    }
    return chosen;
  },
};

// With its attachments, and judged: OpenPGP's two signs come together, of S/MIME that of the
// signature may come last.
function isWhole(view) {
  const openpgp = view.document.querySelector("#cryptoBox[tech=OpenPGP]");
  const isJudged = view.gSmimeProcessedDispatched || (openpgp && !openpgp.hidden);
  return view.msgLoaded && !view.msgLoading && isJudged;
}

async function whatStandsIn(view, tab, listed) {
  const icon = id => {
    const found = view.document.getElementById(id);
    const name = found.hidden ? "" : found.getAttribute("src");
    return /message-(?:signed|encrypted)-([a-z]+)\.svg$/.exec(name)?.[1] ?? null;
  };
  const attached = [];
  for (const each of view.currentAttachments ?? []) {
    const content = new Uint8Array(await each.fetchAttachment());
    attached.push([each.name, content.toBase64()]);
  }
  return {
    listed,
    subject: view.document.getElementById("expandedsubjectBox").value.textContent,
    text: [...tab.browser.contentDocument.querySelectorAll(BODIES)]
      .map(each => each.innerText)
      .join("\n"),
    protection: view.document.getElementById("cryptoBox").getAttribute("tech"),
    encrypted: icon("encryptedHdrIcon"),
    signed: icon("signedHdrIcon"),
    attached,
  };
}
