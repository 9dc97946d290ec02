package ledger

// Code names a kind of problem. Codes are stable: scripts read them from --json, tests assert them.
type Code string

// Problems of the file as a whole.
const (
	EmptyFile       Code = "empty_file"
	NotText         Code = "not_text"
	TooLarge        Code = "too_large"
	EncodingGuessed Code = "encoding_guessed"
	MissingColumn   Code = "missing_column"
	DuplicateColumn Code = "duplicate_column"
	UnknownColumn   Code = "unknown_column"
)

// Problems of one row.
const (
	UnbalancedQuote     Code = "unbalanced_quote"
	RaggedRow           Code = "ragged_row"
	Undecodable         Code = "undecodable"
	MissingValue        Code = "missing_value"
	BadText             Code = "bad_text"
	SpreadsheetDamage   Code = "spreadsheet_damage"
	PersonalDataInID    Code = "personal_data_in_id"
	BadDate             Code = "bad_date"
	AmbiguousDate       Code = "ambiguous_date"
	DueBeforeIssue      Code = "due_before_issue"
	SettledBeforeIssue  Code = "settled_before_issue"
	BadAmount           Code = "bad_amount"
	NegativeAmount      Code = "negative_amount"
	ZeroAmount          Code = "zero_amount"
	TooManyDecimals     Code = "too_many_decimals"
	UnknownCurrency     Code = "unknown_currency"
	BadEmail            Code = "bad_email"
	BadPhone            Code = "bad_phone"
	PhoneNotInService   Code = "phone_not_in_service"
	PhoneFiction        Code = "phone_fiction"
	PhoneExtension      Code = "phone_extension"
	BadLanguage         Code = "bad_language"
	UnsupportedLanguage Code = "unsupported_language"
	BadKind             Code = "bad_kind"
	BadCountry          Code = "bad_country"
	BadRegion           Code = "bad_region"
	BadTimeZone         Code = "bad_time_zone"
	BadHours            Code = "bad_hours"
	BadChannel          Code = "bad_channel"
	BadFlag             Code = "bad_flag"
	BadDocument         Code = "bad_document"
	MissingDocument     Code = "missing_document"
	DuplicateNumber     Code = "duplicate_number"
	IdenticalDuplicate  Code = "identical_duplicate"
	ConflictingDebtor   Code = "conflicting_debtor"
	DebtorDiffers       Code = "debtor_differs"
)

// Problems of a story.
const (
	UnknownWho   Code = "unknown_who"
	AmbiguousWho Code = "ambiguous_who"
	BadEvent     Code = "bad_event"
	BadSchedule  Code = "bad_schedule"
	BeforeIssue  Code = "before_issue"
)

// Problems of a YAML file.
const (
	Syntax        Code = "syntax"
	UnknownKey    Code = "unknown_key"
	DuplicateKey  Code = "duplicate_key"
	WrongType     Code = "wrong_type"
	MissingKey    Code = "missing_key"
	BadValue      Code = "bad_value"
	BadTemplate   Code = "bad_template"
	BadLayout     Code = "bad_layout"
	BadIBAN       Code = "bad_iban"
	BadBIC        Code = "bad_bic"
	BadRouting    Code = "bad_routing"
	BadURL        Code = "bad_url"
	BadSender     Code = "bad_sender"
	TwiceAnswered Code = "twice_answered"
)
