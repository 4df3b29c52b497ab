package outbox

import (
	"syscall/js"

	"porchlight/shared/api"
)

// flag is the cookie api.CookieUnsent. It lasts as long as browsers keep one, and
// no less than what it stands for is likely to.
type flag struct{}

func (flag) set(up bool) {
	cookie := api.CookieUnsent + "=yes; Path=/; SameSite=Strict; Max-Age="
	if up {
		cookie += "34560000" // 400 days
	} else {
		cookie += "0"
	}
	if js.Global().Get("location").Get("protocol").String() == "https:" {
		cookie += "; Secure"
	}
	js.Global().Get("document").Set("cookie", cookie)
}
