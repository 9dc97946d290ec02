package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/calendar"
)

func hours(t require.TestingT, text string) calendar.Hours {
	h, err := calendar.ParseHours(text)
	require.NoError(t, err)
	return h
}

func TestParseHours(t *testing.T) {
	t.Parallel()
	require.Equal(t, calendar.DefaultHours(), hours(t, "09:00-18:00 Mon-Fri"))
	for text, canonical := range map[string]string{
		"09:00-18:00 Mon-Fri":             "09:00-18:00 Mon-Fri",
		"08:30-24:00 Sat,mon,WED":         "08:30-24:00 Mon,Wed,Sat",
		"00:00-00:01 Sun":                 "00:00-00:01 Sun",
		"00:00-24:00 Mon,Tue,Wed,Thu-Sun": "00:00-24:00 Mon-Sun",
		"10:00-12:00 Mon-Tue,Fri-Sun":     "10:00-12:00 Mon,Tue,Fri-Sun",
		"always":                          "always",
		"Always":                          "always",
	} {
		h := hours(t, text)
		require.True(t, h.Valid())
		require.Equal(t, canonical, h.String())
		require.Equal(t, h, hours(t, canonical))
	}
	h := hours(t, "08:30-24:00 Sun")
	require.Equal(t, calendar.Hours{Open: 510, Close: 1440, Days: 1 << time.Sunday}, h)
}

func TestParseHoursRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "never", "09:00-18:00", "09:00-18:00 ", "Mon-Fri", "09:00 Mon-Fri", "9:00-18:00 Mon-Fri", "09:00-25:00 Mon-Fri",
		"09:00-24:01 Mon-Fri", "09:60-18:00 Mon-Fri", "18:00-09:00 Mon-Fri", "09:00-09:00 Mon-Fri", "24:00-24:00 Mon",
		"09:00-18:00 Fri-Mon", "09:00-18:00 Mon,,Fri", "09:00-18:00 Mon-", "09:00-18:00 Monday", "09:00-18:00  Mon",
		"09:00-18:00 Mon-Tue-Wed", "09:00-12:00 13:00-18:00 Mon", "09:00–18:00 Mon-Fri", "-1:00-18:00 Mon",
	} {
		_, err := calendar.ParseHours(text)
		require.ErrorIs(t, err, calendar.ErrHours, "%q", text)
	}
}

func TestHoursText(t *testing.T) {
	t.Parallel()
	type settings struct {
		Contact calendar.Hours `json:"contact" yaml:"contact"`
		Other   calendar.Hours `json:"other" yaml:"other"`
	}
	want := settings{Contact: calendar.DefaultHours()}
	encoded, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"contact":"09:00-18:00 Mon-Fri","other":""}`, string(encoded))
	var decoded settings
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Equal(t, want, decoded)
	decoded = settings{}
	require.NoError(t, yaml.Unmarshal([]byte("contact: 09:00-18:00 Mon-Fri\n"), &decoded))
	require.Equal(t, want, decoded)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"contact":"18:00-09:00 Mon"}`), &decoded), calendar.ErrHours)
	_, err = json.Marshal(calendar.Hours{Open: 5, Close: 3, Days: calendar.MondayToFriday})
	require.ErrorIs(t, err, calendar.ErrHours)
}

func anyHours() *rapid.Generator[calendar.Hours] {
	return rapid.Custom(func(t *rapid.T) calendar.Hours {
		if rapid.IntRange(0, 9).Draw(t, "always") == 0 {
			return calendar.Hours{Always: true}
		}
		open := rapid.IntRange(0, 24*60-1).Draw(t, "open")
		return calendar.Hours{
			Open:  open,
			Close: rapid.IntRange(open+1, 24*60).Draw(t, "close"),
			Days:  calendar.Weekdays(rapid.IntRange(1, 1<<7-1).Draw(t, "days")),
		}
	})
}

func TestHoursRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := anyHours().Draw(t, "hours")
		require.True(t, h.Valid())
		require.Equal(t, h, hours(t, h.String()))
	})
}
