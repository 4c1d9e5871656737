package io.sockway.sidecar.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;

/** The page for people. It is read anew for each view, which are rare, and not kept. */
final class LivePage {
    private static final String FILE = "index.html";

    private LivePage() {
    }

    static Reply reply() throws IOException, GeneralSecurityException {
        byte[] html;
        try (InputStream in = LivePage.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new FileNotFoundException(FILE + " is not in the jar");
            }
            html = in.readAllBytes();
        }
        return Reply.page(html, policy(new String(html, UTF_8)));
    }

    /** Lets the browser run the page's own script and style, known by their hashes, and reach this server only. */
    private static String policy(String html) throws GeneralSecurityException {
        return "default-src 'none'; script-src " + hash(html, "script") + "; style-src " + hash(html, "style")
                + "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static String hash(String html, String tag) throws GeneralSecurityException {
        int start = html.indexOf("<" + tag + ">") + tag.length() + 2;
        byte[] text = html.substring(start, html.indexOf("</" + tag + ">", start)).getBytes(UTF_8);
        return "'sha256-" + Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(text)) + "'";
    }
}
