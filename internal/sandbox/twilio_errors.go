package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// twilioDialect is Twilio's {"code", "message", "more_info", "status"}, which its OpenAPI file leaves out.
type twilioDialect struct{}

type twilioError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

func twilioSays(status, code int, message string) answer {
	return answer{status: status, body: twilioError{
		code, message, "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), status,
	}}
}

// twilioRefusals are the refusals that a fault may ask for by code; any other code is answered with a plain text.
var twilioRefusals = map[int]string{
	21211: "Invalid 'To' Phone Number",
	21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
	21610: "Attempt to send to unsubscribed recipient",
	21611: "The queue of this 'From' number is full",
	21612: "The 'To' phone number is not currently reachable using the 'From' phone number via SMS",
	21614: "'To' number is not a valid mobile number",
	21635: "The 'To' number is a landline",
}

const (
	twilioInvalidParameter = 20001
	twilioUnauthorized     = 20003
	twilioNotFound         = 20404
	twilioTooMany          = 20429
	twilioFailed           = 20500
	twilioBadTo            = 21211
	twilioBadFrom          = 21212
	twilioNoBody           = 21602
	twilioNoFrom           = 21603
	twilioNoTo             = 21604
	twilioBadCallback      = 21609
	twilioBodyTooLong      = 21617
	twilioNotCancelable    = 30409
	twilioSendAtTooSoon    = 35114
	twilioSendAtTooLate    = 35115
)

func (twilioDialect) broken(problems []problem) answer {
	first := problems[0]
	code := map[string]int{
		"To": twilioNoTo, "From": twilioNoFrom, "Body": twilioNoBody, "StatusCallback": twilioBadCallback,
	}[first.Field]
	if code == 0 {
		code = twilioInvalidParameter
	}
	return twilioSays(http.StatusBadRequest, code, first.String())
}

func (twilioDialect) refused(f Fault, call Call) answer {
	code, _ := strconv.Atoi(f.Code) // empty: the usual one
	if code == 0 {
		code = twilioBadTo
		if call == CallCancel {
			code = twilioNotCancelable
		}
	}
	message := twilioRefusals[code]
	if message == "" {
		message = "Refused"
	}
	return twilioSays(http.StatusBadRequest, code, message)
}

func (twilioDialect) limited(f Fault) answer {
	a := twilioSays(http.StatusTooManyRequests, twilioTooMany, "Too Many Requests")
	a.header = http.Header{"Retry-After": {strconv.FormatInt(wholeSeconds(f.retryAfter()), 10)}}
	return a
}

// wholeSeconds rounds up: a client that waits so long does not come too early.
func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func (twilioDialect) failed() answer {
	return twilioSays(http.StatusInternalServerError, twilioFailed, "An internal server error has occurred")
}

func (twilioDialect) unauthorized() answer {
	return twilioSays(http.StatusUnauthorized, twilioUnauthorized, "Authenticate")
}

func (twilioDialect) tooLarge() answer {
	return twilioSays(http.StatusRequestEntityTooLarge, twilioInvalidParameter, "Request body too large")
}

func (twilioDialect) unknown(_, path string) answer {
	return twilioSays(http.StatusNotFound, twilioNotFound, "The requested resource "+path+" was not found")
}
