//go:build !fault

package main

// fault is where a test build breaks a call on purpose: see fault.go.
func fault() error { return nil }
