// SPDX-License-Identifier: LGPL-2.1-or-later

// Test points, for both programs of this folder: each is built of its own file and this one.
package main

import (
	"fmt"
	"os"
	"reflect"
)

var count int
var failed bool

func is(got, wanted interface{}, what string) {
	count++
	word := "ok"
	if !reflect.DeepEqual(got, wanted) {
		word, failed = "not ok", true
		fmt.Printf("# got %v, wanted %v\n", got, wanted)
	}
	fmt.Printf("%s %d - %s\n", word, count, what)
}

// must ends the program: what follows needs it.
func must(err error) {
	if err != nil {
		fmt.Printf("Bail out! %v\n", err)
		os.Exit(1)
	}
}
