package io.sockway.sidecar.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LivePageTest {
    private final Reply reply;
    private final String html;

    LivePageTest() throws Exception {
        reply = LivePage.reply();
        html = new String(reply.body().getFirst(), UTF_8);
    }

    @Test
    void shouldAllowItsOwnScriptAndStyleOnly() throws Exception {
        assertThat(reply.contentSecurityPolicy()).contains("default-src 'none'", "script-src '" + hash("script") + "';",
                "style-src '" + hash("style") + "';", "frame-ancestors 'none'").doesNotContain("unsafe");
        assertThat(html).doesNotContainPattern("<[a-z]+ [^>]*\\b(style|on[a-z]+)=");
    }

    @Test
    void shouldNeedNothingElse() {
        assertThat(html).doesNotContainPattern("(src|href)=\"(?!/(status|flows|metrics|readyz|telemetry(/config)?)\"|data:)")
                .doesNotContain("@import", "url(");
    }

    @Test
    void shouldPutTextInAsTextOnly() {
        assertThat(html).doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
    }

    private String hash(String tag) throws Exception {
        Matcher matcher = Pattern.compile("<" + tag + ">(.*?)</" + tag + ">", Pattern.DOTALL).matcher(html);
        assertThat(matcher.find()).isTrue();
        byte[] content = matcher.group(1).getBytes(UTF_8);
        assertThat(matcher.find()).isFalse();
        return "sha256-" + Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
