package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// letterRequest is a request to create a letter, whichever of Lob's three forms it came in.
type letterRequest struct {
	fields map[string]any // as in the JSON form; "file" names the upload when there is one
	upload []byte         // the file itself; nil: fields["file"] is HTML, a URL or a template
}

// maxLetterFile is Lob's limit for an uploaded file, in bytes.
const maxLetterFile = 5 << 20

// parseLetter brings the three forms to one. Forms write objects as to[name]=..., and know only text, so what the contract
// wants as a boolean or a number is converted.
func parseLetter(contentType string, body []byte) (letterRequest, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return letterRequest{}, fmt.Errorf("Content-Type: %w", err)
	}
	switch media {
	case "application/json":
		request := letterRequest{fields: map[string]any{}}
		return request, json.Unmarshal(body, &request.fields)
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		request := letterRequest{fields: map[string]any{}}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			request.set(name, values.Get(name))
		}
		return request, err
	case "multipart/form-data":
		return parseMultipart(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	}
	return letterRequest{}, fmt.Errorf("Content-Type %s: use JSON, a form or multipart", media)
}

func parseMultipart(reader *multipart.Reader) (letterRequest, error) {
	request := letterRequest{fields: map[string]any{}}
	for {
		part, err := reader.NextPart()
		if err == io.EOF { //nolint:errorlint // documented to be this value
			return request, nil
		}
		if err != nil {
			return request, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return request, err
		}
		switch {
		case part.FormName() == "file" && part.FileName() != "":
			request.upload = content
			request.fields["file"] = "letter" + map[bool]string{true: ".pdf", false: ".html"}[isPDF(content)]
		case strings.HasPrefix(part.Header.Get("Content-Type"), "application/json"):
			var value any
			if err := json.Unmarshal(content, &value); err != nil {
				return request, err
			}
			request.fields[part.FormName()] = value
		default:
			request.set(part.FormName(), string(content))
		}
	}
}

func isPDF(content []byte) bool { return bytes.HasPrefix(content, []byte("%PDF-")) }

// set puts a form's value in its place.
func (l letterRequest) set(name, text string) {
	object, key, nested := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if !nested {
		l.fields[name] = formValue(name, text)
		return
	}
	inner, isObject := l.fields[object].(map[string]any)
	if !isObject {
		inner = map[string]any{}
		l.fields[object] = inner
	}
	inner[key] = text
}

func formValue(name, text string) any {
	switch name {
	case "color", "double_sided", "fsc", "return_envelope":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case "perforated_page":
		if n, err := strconv.Atoi(text); err == nil {
			return float64(n)
		}
	}
	return text
}

// text is a field's text, or empty.
func (l letterRequest) text(name string) string {
	text, _ := l.fields[name].(string)
	return text
}

func (l letterRequest) flag(name string, otherwise bool) bool {
	if b, isBool := l.fields[name].(bool); isBool {
		return b
	}
	return otherwise
}

func (l letterRequest) address(name string) Address {
	parts, _ := l.fields[name].(map[string]any)
	text := func(field string) string {
		s, _ := parts[field].(string)
		return s
	}
	return Address{
		Name: text("name"), Company: text("company"), Line1: text("address_line1"), Line2: text("address_line2"),
		City: text("address_city"), State: text("address_state"), Zip: text("address_zip"), Country: text("address_country"),
	}
}

func (l letterRequest) metadata() map[string]string {
	values, _ := l.fields["metadata"].(map[string]any)
	if len(values) == 0 {
		return nil
	}
	metadata := map[string]string{}
	for name, value := range values {
		metadata[name], _ = value.(string)
	}
	return metadata
}

// objectKeys are the names of a JSON object's fields; nothing, when it is none.
func objectKeys(body []byte) []string {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil // the validator reports it
	}
	return slices.Collect(maps.Keys(object))
}
