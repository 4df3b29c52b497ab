module porchlight

go 1.26.0
