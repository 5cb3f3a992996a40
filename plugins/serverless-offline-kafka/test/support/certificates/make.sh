#!/bin/sh
# Makes the certificates of the secured test broker anew, valid for a hundred years. They are checked in, because
# not every machine that runs the tests has openssl. The keys guard nothing but a broker on 127.0.0.1.
set -eu
cd "$(dirname "$0")"
days=36500

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key.pem"; }

authority() { # name
  key "$1"
  openssl req -x509 -new -key "$1.key.pem" -subj "/CN=$1" -days "$days" -out "$1.pem"
}

signed() { # name, authority, validity, extensions
  key "$1"
  openssl req -new -key "$1.key.pem" -subj "/CN=$1" -out request.pem
  printf '%s\n' "$4" > extensions
  openssl x509 -req -in request.pem -CA "$2.pem" -CAkey "$2.key.pem" -CAcreateserial $3 -extfile extensions -out "$1.pem"
  rm request.pem extensions "$2.srl"
}

broker() { # name, validity, address: the key store of a broker is one file
  signed "$1" authority "$2" "subjectAltName=$3"
  cat "$1.key.pem" "$1.pem" authority.pem > "$1.keystore.pem"
  rm "$1.key.pem" "$1.pem"
}

authority authority
authority other-authority
broker broker "-days $days" IP:127.0.0.1,DNS:localhost
broker elsewhere "-days $days" DNS:kafka.example.com
broker expired '-days 0' IP:127.0.0.1
signed client authority "-days $days" extendedKeyUsage=clientAuth
signed stranger other-authority "-days $days" extendedKeyUsage=clientAuth
openssl pkcs8 -topk8 -in client.key.pem -passout pass:open-sesame -out client.encrypted-key.pem
rm authority.key.pem other-authority.key.pem
