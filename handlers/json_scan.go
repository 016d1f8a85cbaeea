package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// jsonScan goes over a JSON text once, for calls that are too frequent to build values from all of it. Its methods read
// what begins at a place and leave the place behind it; what is wrong there ends the scan with false.
type jsonScan struct {
	text  []byte
	at    int
	depth int
	wrong string
}

func (s *jsonScan) fail(wrong string) bool {
	s.wrong = wrong
	return false
}

// problem says what ended the scan.
func (s *jsonScan) problem() string {
	switch {
	case s.wrong != "":
		return s.wrong
	case s.at == len(s.text):
		return "it ends too early"
	}
	return "this is out of place"
}

// next skips white space and gives the byte that is there, 0 at the end.
func (s *jsonScan) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch b := s.text[s.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// take reads one byte, after white space.
func (s *jsonScan) take(b byte) bool {
	if s.next() != b {
		return false
	}
	s.at++
	return true
}

// object reads an object; member reads the value of each of its members.
func (s *jsonScan) object(member func(name string) bool) bool {
	if !s.enter('{') || s.leave('}') {
		return s.wrong == ""
	}
	for {
		if s.next() != '"' {
			return false
		}
		name, ok := s.string()
		if !ok || !s.take(':') || !member(name) {
			return false
		}
		if !s.take(',') {
			return s.leave('}')
		}
	}
}

// array reads an array for nothing but to come behind it.
func (s *jsonScan) array() bool {
	if !s.enter('[') || s.leave(']') {
		return s.wrong == ""
	}
	for {
		if !s.value() {
			return false
		}
		if !s.take(',') {
			return s.leave(']')
		}
	}
}

func (s *jsonScan) enter(begin byte) bool {
	if s.depth++; s.depth > maxDepth {
		return s.fail(fmt.Sprintf("it is nested deeper than %d levels", maxDepth))
	}
	return s.take(begin)
}

func (s *jsonScan) leave(end byte) bool {
	if !s.take(end) {
		return false
	}
	s.depth--
	return true
}

// value reads any value for nothing but to come behind it.
func (s *jsonScan) value() bool {
	switch b := s.next(); b {
	case '{':
		return s.object(s.skip)
	case '[':
		return s.array()
	case '"':
		_, ok := s.quoted()
		return ok
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *jsonScan) skip(string) bool { return s.value() }

func (s *jsonScan) literal(word string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

// string reads a string.
func (s *jsonScan) string() (text string, ok bool) {
	quoted, ok := s.quoted()
	if !ok {
		return "", false
	}
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	return text, json.Unmarshal(quoted, &text) == nil
}

// quoted reads a string and gives it as it stands.
func (s *jsonScan) quoted() (text []byte, ok bool) {
	begin := s.at
	for s.at++; s.at < len(s.text); s.at++ {
		switch b := s.text[s.at]; {
		case b == '"':
			s.at++
			return s.text[begin:s.at], true
		case b < ' ':
			return nil, s.fail("a string has a control character")
		case b == '\\':
			if !s.escape() {
				return nil, false
			}
		}
	}
	return nil, false
}

// escape reads an escape up to its last byte.
func (s *jsonScan) escape() bool {
	if s.at++; s.at == len(s.text) {
		return false
	}
	if s.text[s.at] != 'u' {
		return bytes.IndexByte([]byte(`"\/bfnrt`), s.text[s.at]) >= 0
	}
	for range 4 {
		if s.at++; s.at == len(s.text) || bytes.IndexByte([]byte("0123456789abcdefABCDEF"), s.text[s.at]) < 0 {
			return false
		}
	}
	return true
}

// number reads a number.
func (s *jsonScan) number() bool {
	s.any('-')
	if !s.any('0') && !s.digits() {
		return false
	}
	if s.any('.') && !s.digits() {
		return false
	}
	if s.any('e', 'E') {
		s.any('+', '-')
		return s.digits()
	}
	return true
}

// any reads one of some bytes, if one is there.
func (s *jsonScan) any(bytes ...byte) bool {
	if s.at == len(s.text) {
		return false
	}
	for _, b := range bytes {
		if s.text[s.at] == b {
			s.at++
			return true
		}
	}
	return false
}

func (s *jsonScan) digits() bool {
	begin := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > begin
}
